// libpng's simplified interface.
#pragma once
#include <png.h>
