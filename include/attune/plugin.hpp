// A whole plugin: structs of update rules and initializers, and one line that lists them.
//
// Layer: optim.
//
//   #include <attune/plugin.hpp>
//   using namespace attune;
//   struct Lion { ... };           // <attune/rule.hpp> says what may stand in it
//   struct LecunUniform { ... };   // <attune/initializer.hpp>
//   ATTUNE_PLUGIN(Lion, LecunUniform)
//
// Built as a shared object without linking anything:
//   c++ -std=c++20 -O2 -fPIC -shared -fvisibility=hidden -ffp-contract=off lion.cpp -o lion.so
// `attune_add_plugin(lion lion.cpp)` of attune's CMake package does the same. Never -ffast-math: it
// changes the arithmetic of the whole process, and the loader refuses such a plugin.
//
// In attune's own tree the same line defines, instead of the exported entry,
// `const attune_plugin* attune::internal::<unit>_<isa>(const attune_host*)` from ATTUNE_UNIT and
// ATTUNE_ISA_NAME, which the build sets for each file and instruction set. Structs stand in an
// unnamed namespace there.
#pragma once

#if __cplusplus < 202002L
#error "attune: compile with -std=c++20"
#elif defined(__FAST_MATH__)
#error "attune: -ffast-math gives other bits: leave it out"
#else

#include <attune/initializer.hpp>
#include <attune/rule.hpp>
#include <attune/rule_check.hpp>
#include <attune/rule_table.hpp>

namespace attune {
#pragma GCC visibility push(hidden)
namespace internal {

template <class... T>
struct PluginTable {
  static constexpr std::size_t n_initializers = (std::size_t{HasFill<T>} + ... + 0);
  static constexpr std::size_t n_rules = sizeof...(T) - n_initializers;

  static constexpr auto list_rules() {
    std::array<const attune_rule*, n_rules> result{};
    std::size_t next = 0;
    const auto add = [&]<class R>(std::type_identity<R>) {
      if constexpr (!HasFill<R>) {
        if constexpr (is_rule<R>()) result[next++] = &RuleTable<R>::table;
      }
    };
    (add(std::type_identity<T>{}), ...);
    return result;
  }
  static constexpr auto list_initializers() {
    std::array<const attune_initializer*, n_initializers> result{};
    std::size_t next = 0;
    const auto add = [&]<class I>(std::type_identity<I>) {
      if constexpr (HasFill<I>) result[next++] = &InitializerTable<I>::table;
    };
    (add(std::type_identity<T>{}), ...);
    return result;
  }

  static constexpr auto rules = list_rules();
  static constexpr auto initializers = list_initializers();
#if defined(__clang__)
  static constexpr auto build = "clang " __clang_version__;
#else
  static constexpr auto build = "g++ " __VERSION__;
#endif
  static constexpr attune_plugin table{
      sizeof(attune_plugin), ATTUNE_ABI_MAJOR, ATTUNE_ABI_MINOR,   0, build, n_rules,
      n_initializers,        rules.data(),     initializers.data()};

  static const attune_plugin* enter(const attune_host* host) {
    ((HostOf<T>::host = host), ...);
    return &table;
  }
};

}  // namespace internal
#pragma GCC visibility pop
}  // namespace attune

#define ATTUNE_JOIN_(a, b) a##_##b
#define ATTUNE_JOIN(a, b) ATTUNE_JOIN_(a, b)

#if defined(ATTUNE_UNIT)
#define ATTUNE_PLUGIN(...)                                                                  \
  namespace attune::internal {                                                              \
  const attune_plugin* ATTUNE_JOIN(ATTUNE_UNIT, ATTUNE_ISA_NAME)(const attune_host*);       \
  const attune_plugin* ATTUNE_JOIN(ATTUNE_UNIT, ATTUNE_ISA_NAME)(const attune_host* host) { \
    return PluginTable<__VA_ARGS__>::enter(host);                                           \
  }                                                                                         \
  }
#else
#define ATTUNE_PLUGIN(...)                                                                 \
  extern "C" __attribute__((visibility("default"))) const attune_plugin* attune_plugin_v0( \
      const attune_host* host) {                                                           \
    return attune::internal::PluginTable<__VA_ARGS__>::enter(host);                        \
  }
#endif

#endif
