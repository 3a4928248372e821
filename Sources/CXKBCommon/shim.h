// libxkbcommon: what a key means under the host's keymap.
#pragma once
#include <xkbcommon/xkbcommon.h>
