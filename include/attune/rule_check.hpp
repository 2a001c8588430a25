// What a rule's struct may consist of, and the mistakes in it that the compiler reports in attune's
// words. Internal to <attune/rule.hpp>.
//
// Layer: optim.
#pragma once

#include <attune/entry_check.hpp>
#include <attune/rule.hpp>
#include <attune/rule_loop.hpp>
#include <type_traits>

namespace attune {
#pragma GCC visibility push(hidden)
namespace internal {

// What a rule has beyond its options.
template <class R>
concept HasState = requires {
  typename R::template State<double>;
};
template <class R>
concept HasSaved = requires {
  typename R::Saved;
};
template <class R>
concept HasSums = requires {
  typename R::template Sums<double>;
};
template <class R>
concept HasMatrix = requires {
  &R::matrix;
};
template <class R>
concept HasEval = requires {
  &R::eval;
};

template <class R, bool = HasState<R>>
struct StateOf {
  template <class V>
  using State = None<V>;
};
template <class R>
struct StateOf<R, true> {
  template <class V>
  using State = typename R::template State<V>;
};
template <class R, bool = HasSums<R>>
struct SumsOf {
  template <class V>
  using Sums = None<V>;
};
template <class R>
struct SumsOf<R, true> {
  template <class V>
  using Sums = typename R::template Sums<V>;
};
template <class R, bool = HasSaved<R>>
struct SavedOf {
  using Saved = None<double>;
};
template <class R>
struct SavedOf<R, true> {
  using Saved = typename R::Saved;
};

// True if every field of S is a T.
template <class S, class T>
constexpr bool fields_are() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return (
        std::is_same_v<std::remove_cvref_t<decltype(reflect::field<I>(std::declval<S&>()))>, T> &&
        ...);
  }
  (std::make_index_sequence<reflect::count<S>()>{});
}

// What `at` returns, by the parameters that it has; void where it has others.
template <class R>
auto update_of(const R& rule, const Step& step, typename SavedOf<R>::Saved& saved,
               const typename SumsOf<R>::template Sums<double>& sums) {
  if constexpr (HasSaved<R> && requires { rule.at(step, saved, sums); }) {
    return rule.at(step, saved, sums);
  } else if constexpr (HasSaved<R> && requires { rule.at(step, saved); }) {
    return rule.at(step, saved);
  } else if constexpr (!HasSaved<R> && HasSums<R> && requires { rule.at(step, sums); }) {
    return rule.at(step, sums);
  } else if constexpr (!HasSaved<R> && requires { rule.at(step); }) {
    return rule.at(step);
  }
}
template <class R>
using UpdateOf = decltype(update_of(std::declval<const R&>(), std::declval<const Step&>(),
                                    std::declval<typename SavedOf<R>::Saved&>(),
                                    std::declval<typename SumsOf<R>::template Sums<double>>()));

template <class Update, class V, class State>
inline constexpr bool takes_place =
    std::is_invocable_v<const Update&, V&, V, State&, const Place<V>&>;

template <class R>
constexpr bool has_parts() {
  constexpr bool state_is_template = HasState<R> || !requires { typename R::State; };
  static_assert(state_is_template,
                "attune: State is a template: `template <class V> struct State { V m; };`");
  constexpr bool sums_is_template = HasSums<R> || !requires { typename R::Sums; };
  static_assert(sums_is_template,
                "attune: Sums is a template: `template <class V> struct Sums { V dot; };`");
  return state_is_template && sums_is_template;
}

template <class R>
constexpr bool has_fields() {
  using V = xsimd::batch<float>;
  constexpr bool state = fields_are<typename StateOf<R>::template State<V>, V>();
  static_assert(state, "attune: every field of State<V> is a V: one value an element, in its type");
  constexpr bool sums = fields_are<typename SumsOf<R>::template Sums<V>, V>();
  static_assert(sums, "attune: every field of Sums<V> is a V");
  constexpr bool saved = fields_are<typename SavedOf<R>::Saved, double>();
  static_assert(saved, "attune: every field of Saved is a double, which the host keeps and saves");
  return state && sums && saved;
}

template <class R>
constexpr bool has_update() {
  constexpr bool callable = HasMatrix<R> || !std::is_void_v<UpdateOf<R>>;
  constexpr bool any = callable || requires { &R::at; };
  static_assert(any,
                "attune: a rule has `auto at(const Step&) const` (or `matrix`), an initializer"
                " `void fill(Fill& f) const`; this struct has neither");
  static_assert(callable || !any,
                "attune: a rule has `auto at(const Step&) const`, which returns a lambda; with a"
                " Saved the parameters are (const Step&, Saved&), with Sums also the sums");
  return callable;
}

template <class R>
constexpr bool has_lambda() {
  if constexpr (HasMatrix<R>) {
    return true;
  } else {
    using V = xsimd::batch<float>;
    using State = typename StateOf<R>::template State<V>;
    using Update = UpdateOf<R>;
    constexpr bool placed = takes_place<Update, V, State>;
    constexpr bool fits = placed || std::is_invocable_v<const Update&, V&, V, State&>;
    static_assert(fits,
                  "attune: what `at` returns is called as (auto& p, auto g, auto& s), also where"
                  " the rule has no state");
    // Copies could be moved without any effect.
    constexpr bool moves =
        !fits || !(std::is_invocable_v<const Update&, V, V, State&> ||
                   std::is_invocable_v<const Update&, V, V, State&, const Place<V>&>);
    constexpr bool keeps = !fits || reflect::count<State>() == 0 ||
                           !(std::is_invocable_v<const Update&, V&, V, State> ||
                             std::is_invocable_v<const Update&, V&, V, State, const Place<V>&>);
    static_assert(moves && keeps,
                  "attune: the lambda takes p and s by reference: (auto& p, auto g, auto& s)");
    return fits && moves && keeps;
  }
}

// True if a table can be made of R; else the compiler has said why.
template <class R>
constexpr bool is_rule() {
  if constexpr (!is_plain_struct<R>()) {
    return false;
  } else if constexpr (!is_named<R>() || !has_parts<R>()) {
    return false;
  } else if constexpr (!has_fields<R>() || !has_update<R>()) {
    return false;
  } else {
    return has_lambda<R>();
  }
}

}  // namespace internal
#pragma GCC visibility pop
}  // namespace attune
