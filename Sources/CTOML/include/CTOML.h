// SPDX-License-Identifier: MIT
// toml++ (https://marzer.github.io/tomlplusplus) for Swift: a document's nodes, each with its place in the text.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A place in a document. Both count from 1; a column is a character, not a byte.
struct toml_place {
    uint32_t line;
    uint32_t column;
};

/// Why a text is no TOML. The text ends with a zero byte, and is cut off where it is longer.
struct toml_fault {
    char text[200];
    struct toml_place place;
};

enum toml_kind { TOML_TABLE, TOML_ARRAY, TOML_STRING, TOML_INTEGER, TOML_FLOAT, TOML_BOOLEAN, TOML_TIME };

/// A node. It and the bytes of its strings live as long as its document.
typedef const void *toml_node;
typedef struct toml_document toml_document;

/// Returns NULL with the fault filled in where the bytes are no TOML document.
toml_document *toml_document_parse(const char *bytes, size_t length, struct toml_fault *fault);
void toml_document_free(toml_document *document);
toml_node toml_document_root(const toml_document *document);

enum toml_kind toml_node_kind(toml_node node);
struct toml_place toml_node_place(toml_node node);

/// The value of a node of this very kind.
const char *toml_node_string(toml_node node, size_t *length);
int64_t toml_node_integer(toml_node node);
double toml_node_float(toml_node node);
bool toml_node_boolean(toml_node node);

/// Calls `visit` for each entry of a table, whose keys are sorted, with the key's place; or for each element of an array, with no key
/// and its own place.
void toml_node_visit(
    toml_node node, void *context,
    void (*visit)(void *context, const char *key, size_t length, struct toml_place place, toml_node child));

#ifdef __cplusplus
}
#endif
