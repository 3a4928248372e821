// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
// toml++ recurses into what is nested, and when it destroys it. No configuration of ours nests more than three values.
#define TOML_MAX_NESTED_VALUES 8
#include "CTOML.h"

#include <cstring>
#include <toml++/toml.h>

struct toml_document {
    toml::table root;
};

namespace {
toml_place place(const toml::source_region &region) { return {region.begin.line, region.begin.column}; }

const toml::node &as_node(toml_node node) { return *static_cast<const toml::node *>(node); }
} // namespace

toml_document *toml_document_parse(const char *bytes, size_t length, toml_fault *fault) {
    auto result = toml::parse(std::string_view(bytes, length));
    if (result) return new toml_document{std::move(result).table()};
    const auto text = result.error().description();
    const auto kept = std::min(text.size(), sizeof fault->text - 1);
    std::memcpy(fault->text, text.data(), kept);
    fault->text[kept] = 0;
    fault->place = place(result.error().source());
    return nullptr;
}

void toml_document_free(toml_document *document) { delete document; }

toml_node toml_document_root(const toml_document *document) { return static_cast<const toml::node *>(&document->root); }

toml_kind toml_node_kind(toml_node node) {
    switch (as_node(node).type()) {
    case toml::node_type::table: return TOML_TABLE;
    case toml::node_type::array: return TOML_ARRAY;
    case toml::node_type::string: return TOML_STRING;
    case toml::node_type::integer: return TOML_INTEGER;
    case toml::node_type::floating_point: return TOML_FLOAT;
    case toml::node_type::boolean: return TOML_BOOLEAN;
    default: return TOML_TIME;
    }
}

toml_place toml_node_place(toml_node node) { return place(as_node(node).source()); }

const char *toml_node_string(toml_node node, size_t *length) {
    const auto &text = as_node(node).as_string()->get();
    *length = text.size();
    return text.data();
}

int64_t toml_node_integer(toml_node node) { return as_node(node).as_integer()->get(); }

double toml_node_float(toml_node node) { return as_node(node).as_floating_point()->get(); }

bool toml_node_boolean(toml_node node) { return as_node(node).as_boolean()->get(); }

void toml_node_visit(
    toml_node node, void *context,
    void (*visit)(void *context, const char *key, size_t length, toml_place place, toml_node child)) {
    if (const auto *table = as_node(node).as_table()) {
        for (const auto &[key, child] : *table)
            visit(context, key.data(), key.length(), place(key.source()), static_cast<const toml::node *>(&child));
    } else if (const auto *array = as_node(node).as_array()) {
        for (const auto &child : *array) visit(context, nullptr, 0, place(child.source()), static_cast<const toml::node *>(&child));
    }
}
