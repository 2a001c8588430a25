// Must not compile: what -ffast-math defines.
// expect: attune: -ffast-math gives other bits
#define __FAST_MATH__ 1
#include <attune/plugin.hpp>
