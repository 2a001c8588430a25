// A plugin whose table announces a rule and holds none.
#include <attune/plugin_abi.h>

extern "C" __attribute__((visibility("default"))) const attune_plugin* attune_plugin_v0(
    const attune_host*) {
  static constexpr const attune_rule* rules[] = {nullptr};
  static constexpr attune_plugin table{sizeof(attune_plugin),
                                       ATTUNE_ABI_MAJOR,
                                       ATTUNE_ABI_MINOR,
                                       0,
                                       "by hand",
                                       1,
                                       0,
                                       rules,
                                       nullptr};
  return &table;
}
