#pragma once

#include <jansson.h>

// Jansson's type tests are macros, which Swift does not import.
static inline json_type lambdaless_json_type(const json_t *value) { return json_typeof(value); }
