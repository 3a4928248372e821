/* SPDX-License-Identifier: MIT
 * Oriel: a window onto a virtual machine. Compiling this proves the header's layout. */
#include "plane_protocol.h"
