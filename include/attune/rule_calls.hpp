// Calls a rule's members for a step of the C table, and keeps the lambdas that they return in the
// step's scratch. Internal to <attune/rule.hpp>.
//
// Layer: optim.
#pragma once

#include <algorithm>
#include <attune/rule_check.hpp>
#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>
#include <type_traits>

namespace attune {
#pragma GCC visibility push(hidden)
namespace internal {

// Fields of type double, copied from and to an array.
template <class S>
S from_array(const double* values) {
  S result{};
  reflect::for_each(result, [&](std::string_view, double& field) { field = *values++; });
  return result;
}
template <class S>
void to_array(const S& fields, double* values) {
  reflect::for_each(fields, [&](std::string_view, const double& field) { *values++ = field; });
}

template <class R>
struct RuleCalls {
  using Sums = typename SumsOf<R>::template Sums<double>;
  using Saved = typename SavedOf<R>::Saved;

  // f(rule, step, saved); a rule without Saved leaves that out. Saved scalars are written back.
  template <class F>
  static auto with(const R& rule, const attune_step& step, F&& f) {
    const Step now{static_cast<double>(step.t), step.lr_max, step.loss, step.key, step.group};
    if constexpr (HasSaved<R>) {
      Saved scalars = from_array<Saved>(step.saved);
      if constexpr (std::is_void_v<decltype(f(rule, now, scalars))>) {
        f(rule, now, scalars);
        to_array(scalars, step.saved);
      } else {
        auto result = f(rule, now, scalars);
        to_array(scalars, step.saved);
        return result;
      }
    } else {
      return f(rule, now);
    }
  }

  static auto at(const R& rule, const attune_step& step) {
    return with(rule, step, [&](const R& self, auto&&... rest) {
      if constexpr (requires { self.at(rest..., Sums{}); }) {
        return self.at(rest..., from_array<Sums>(step.sums));
      } else {
        return self.at(rest...);
      }
    });
  }
  static auto reduce(const R& rule, const attune_step& step) {
    return with(rule, step, [](const R& self, auto&&... rest) { return self.reduce(rest...); });
  }
};

// [&] in `at` compiles, mostly without a warning, and gives the lambda addresses of what is gone
// when it runs: a rule that learns nothing, or garbage. Throws where all words of the lambda are
// addresses, of this thread's stack, where `at` ran, or of the rule, and one at least of the stack.
// One word alone would not tell: what is left unset in a copy, such as the value of an empty
// optional, may hold an old address.
inline void require_copies(const void* lambda, std::size_t bytes, const void* scratch,
                           std::size_t scratch_bytes) {
  // `at` ran below this frame, or, inlined, in the one above.
  constexpr std::uintptr_t below = 1 << 20, above = 1 << 16;
  const auto stack = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) - below;
  const auto own = reinterpret_cast<std::uintptr_t>(scratch);
  bool local = false;
  for (std::size_t at = 0; at + sizeof(std::uintptr_t) <= bytes; at += sizeof(std::uintptr_t)) {
    std::uintptr_t word = 0;
    std::memcpy(&word, static_cast<const char*>(lambda) + at, sizeof word);
    if (word - own < scratch_bytes) continue;
    if (word - stack >= below + above) return;
    local = true;
  }
  if (!local) return;
  throw std::runtime_error(
      "its lambda refers to a local of `at`, which is gone when the lambda runs: capture copies, "
      "[*this] or [*this, x = y], not [&]");
}

// What scratch holds of a step: the lambda, and the rule, to which it may refer.
template <class R, class Lambda>
struct Kept {
  static_assert(std::is_trivially_copyable_v<Lambda>,
                "attune: what `at` and `reduce` return is kept as bytes: capture numbers only");
  static_assert(std::is_trivially_destructible_v<R>,
                "attune: a rule is kept as bytes: it has no destructor, nor have its fields");
  static constexpr std::size_t place = (sizeof(Lambda) + alignof(R) - 1) / alignof(R) * alignof(R);
  static constexpr std::size_t bytes = place + sizeof(R);
  static constexpr std::size_t align = std::max(alignof(R), alignof(Lambda));

  static void make(void* scratch, const attune_step& step,
                   Lambda (*call)(const R&, const attune_step&)) {
    std::memset(scratch, 0, bytes);  // no old address in what the lambda leaves unused
    const R& rule = *::new (static_cast<char*>(scratch) + place) R(Options<R>::with(step.options));
    ::new (scratch) Lambda(call(rule, step));
    require_copies(scratch, sizeof(Lambda), scratch, bytes);
  }
  static const Lambda& at(const void* scratch) { return *static_cast<const Lambda*>(scratch); }
};

template <class R>
using KeptAt =
    Kept<R, decltype(RuleCalls<R>::at(std::declval<const R&>(), std::declval<attune_step>()))>;
template <class R>
using KeptReduce =
    Kept<R, decltype(RuleCalls<R>::reduce(std::declval<const R&>(), std::declval<attune_step>()))>;

// The scratch of a rule's step.
struct Scratch {
  std::size_t bytes = 1, align = 1;
};
template <class R>
constexpr Scratch scratch_of() {
  Scratch result;
  if constexpr (!HasMatrix<R>) result = {KeptAt<R>::bytes, KeptAt<R>::align};
  if constexpr (HasSums<R>) {
    result.bytes = std::max(result.bytes, KeptReduce<R>::bytes);
    result.align = std::max(result.align, KeptReduce<R>::align);
  }
  return result;
}

}  // namespace internal
#pragma GCC visibility pop
}  // namespace attune
