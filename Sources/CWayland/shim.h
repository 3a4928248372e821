// libwayland-client without its generated protocol code: the proxies are marshalled by the Wayland room itself.
#pragma once
#include <wayland-client-core.h>
