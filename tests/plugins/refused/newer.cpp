// A plugin for a later version of the boundary.
#include <attune/plugin_abi.h>

extern "C" __attribute__((visibility("default"))) const attune_plugin* attune_plugin_v0(
    const attune_host*) {
  static constexpr attune_plugin table{sizeof(attune_plugin),
                                       ATTUNE_ABI_MAJOR,
                                       ATTUNE_ABI_MINOR + 8,
                                       0,
                                       "a later compiler",
                                       0,
                                       0,
                                       nullptr,
                                       nullptr};
  return &table;
}
