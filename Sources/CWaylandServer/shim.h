// libwayland-server without its generated protocol code.
#pragma once
#include <wayland-server-core.h>
