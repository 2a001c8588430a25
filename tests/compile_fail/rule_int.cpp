// Must not compile: a number is no rule.
// expect: a plugin lists structs
#include <attune/plugin.hpp>
using namespace attune;

ATTUNE_PLUGIN(int)
