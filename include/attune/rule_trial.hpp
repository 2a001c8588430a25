// Whether a rule's lambda stands by itself. [this], [=] and [&] compile, and give it addresses of
// the rule and of locals of `at`, which are gone when it runs; no compiler tells. So it is tried on
// one batch above two fillings of the stack where they were: a lambda that reads them answers
// twice. Internal to <attune/rule.hpp>.
//
// Layer: optim.
#pragma once

#include <attune/rule_check.hpp>
#include <cstring>
#include <stdexcept>

namespace attune {
#pragma GCC visibility push(hidden)
namespace internal {

// Calls f with `depth` bytes of the stack, all of them `byte`, between its frame and the caller's.
template <int depth, class F>
[[gnu::noinline]] void below_filled_stack(unsigned char byte, const F& f) {
  volatile unsigned char filled[depth];
  for (volatile unsigned char& one : filled) one = byte;
  f();
  __asm__ volatile("" : : "r"(filled) : "memory");
}

// The parameter and the states after one batch.
template <class State, class V, std::size_t size, class Update>
[[gnu::noinline]] void try_batch(const Update& update, double (&result)[size]) {
  V p(0.5);
  State states{};
  reflect::for_each(states, [](std::string_view, V& state) { state = V(0.125); });
  update(p, V(0.25), states);
  double* to = result;
  p.store_unaligned(to);
  reflect::for_each(states, [&](std::string_view, const V& state) {
    to += V::size;
    state.store_unaligned(to);
  });
}

// Calls make(), which returns where the lambda is, and tries it; throws where it needs what make()
// had on the stack. One that takes a Place is not tried.
template <class R, class Make>
void make_standing_by_itself(const Make& make) {
  using V = xsimd::batch<double>;
  using State = typename StateOf<R>::template State<V>;
  decltype(make()) update = nullptr;
  below_filled_stack<1024>(0, [&] { update = make(); });
  if constexpr (!takes_place<std::remove_pointer_t<decltype(update)>, V, State>) {
    double results[2][(1 + reflect::count<State>()) * V::size];
    try {
      below_filled_stack<16384>(0x00, [&] { try_batch<State, V>(*update, results[0]); });
      below_filled_stack<16384>(0x3f, [&] { try_batch<State, V>(*update, results[1]); });
    } catch (...) {
      return;  // at a chunk of its own it will say so again
    }
    if (std::memcmp(results[0], results[1], sizeof results[0]) == 0) return;
    throw std::runtime_error(
        "its lambda refers to the rule or to a local of the function that returns it, which is "
        "gone when the lambda runs: capture copies, [*this] or [=, *this], not [this], [=] or [&]");
  }
}

}  // namespace internal
#pragma GCC visibility pop
}  // namespace attune
