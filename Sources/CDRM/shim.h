// libdrm: device lookup and the names of formats and modifiers. Its fourcc macros don't import into Swift.
#pragma once
#include <drm_fourcc.h>
#include <sys/sysmacros.h>
#include <xf86drm.h>
