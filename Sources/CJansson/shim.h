// Jansson: JSON texts of a peer, read.
#pragma once
#include <jansson.h>
