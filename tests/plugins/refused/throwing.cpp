// A plugin whose entry throws, after it changed the rounding.
#include <attune/plugin_abi.h>
#include <cfenv>
#include <stdexcept>

extern "C" __attribute__((visibility("default"))) const attune_plugin* attune_plugin_v0(
    const attune_host*) {
  std::fesetround(FE_UPWARD);
  throw std::runtime_error("not today");
}
