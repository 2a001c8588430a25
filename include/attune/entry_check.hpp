// What every struct of a plugin must be, said in one line where it is not: the first mistake stops
// the compiler's search, so that no template of attune's complains after it. Internal to
// <attune/plugin.hpp>.
//
// Layer: core.
#pragma once

#include <attune/reflect.hpp>
#include <type_traits>

namespace attune {
#pragma GCC visibility push(hidden)
namespace internal {

// Each check is true or does not compile; a chain asks the next one only after a true one.
template <class T>
constexpr bool is_plain_struct() {
  constexpr bool is_struct = std::is_class_v<T>;
  static_assert(is_struct, "attune: a plugin lists structs, each a rule or an initializer");
  constexpr bool plain = !is_struct || (std::is_aggregate_v<T> && !reflect::Listed<T>);
  static_assert(plain,
                "attune: a rule or initializer has no constructor, no private field, no virtual"
                " function and no `fields`: its fields are its options");
  return is_struct && plain;
}

template <class T>
constexpr bool is_named() {
  constexpr bool named = requires {
    T::name;
    T::cite;
  };
  static_assert(named,
                "attune: a rule or initializer has `static constexpr auto name = \"...\", cite ="
                " \"...\";`, by which it is asked for and where its formula stands");
  return named;
}

}  // namespace internal
#pragma GCC visibility pop
}  // namespace attune
