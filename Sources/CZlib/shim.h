// zlib, for checksums.
#pragma once
#include <zlib.h>
