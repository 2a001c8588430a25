// Update rules, written once as arithmetic on a SIMD batch. A rule is a struct: its fields are the
// options, the fields of State<V> one value per element each, and `at` gives the arithmetic of one
// step. The host owns all memory, cuts it into chunks and calls through the C table made from it.
//
// Layer: optim.
//
//   struct Lion {
//     static constexpr auto name = "lion", cite = "Chen et al. 2023, arXiv:2302.06675";
//     Real lr{1e-4, log_range(1e-6, 1e-1), "step size"};
//     Real beta1{0.9, decay_range(0.5, 0.999), "..."}, beta2{0.99, decay_range(0.5, 0.999), "..."};
//     template <class V> struct State { V m; };      // starts at 0, saved as "m"
//     auto at(const Step&) const {                   // once per group and step, in double
//       return [*this](auto& p, auto g, auto& s) {   // once per batch of floats or doubles
//         p -= lr * sign(beta1 * s.m + (1 - beta1) * g);
//         s.m = beta2 * s.m + (1 - beta2) * g;
//       };
//     }
//   };
//
// [*this] copies the rule into the lambda, where its options stay in registers; [*this, x = y] adds
// a local of `at`. [this] is right too, since the rule lives as long as the lambda, but slower.
// What [&] refers to is gone when the lambda runs: one that holds nothing else is refused at its
// first step.
//
// In the lambda, options and doubles meet a batch as numbers of its element type; sqrt, sign, abs,
// exp and the other functions of xsimd are found by their arguments; max, min and select take
// numbers too. A tail shorter than a batch is computed as a padded batch, so that an element's
// result does not depend on where its chunk begins or ends.
//
// Subnormal numbers are 0 in the lambda, what it reads and what it writes.
//
// A lambda may take a fourth parameter, `const auto& place`: random numbers of the batch's
// elements, and what tensor they are of (see Place).
//
// More, each used if it is there (a rule without Saved leaves that parameter out):
//
//   static constexpr unsigned version = 2;          of the arithmetic and the state; else 1
//   static constexpr std::uint64_t needs = ...;     ATTUNE_NEED(...) beyond what is seen here
//   static constexpr std::uint64_t roles = ...;     bits 1 << ATTUNE_ROLE_... that it takes
//   void validate() const;                          throws when options do not fit together
//   bool active(std::string_view state) const;      false: these options leave the state unused,
//                                                   it costs no memory and reads as 0
//   static constexpr Start start(std::string_view state);     where a state starts, if not at 0
//   struct Saved { double d = 0; };                 per group, kept from step to step
//   auto at(const Step&, Saved&) const;
//
// The boundary has these too, but this version's optim::make refuses a rule that asks for them, by
// name ("needs sums over all tensors"):
//
//   template <class V> struct Sums { V dot; };      sums over elements, before the update:
//   static constexpr bool sums_per_tensor = true;   else over all tensors and groups
//   auto reduce(const Step&, const Saved&) const;   returns [](auto p, auto g, auto& s, auto& sums)
//   void combine(const Step&, Saved&, const Sums<double>&) const;
//   auto at(const Step&, Saved&, const Sums<double>&) const;
//   auto eval(const Step&, const Saved&) const;     the weights to evaluate with: returns
//                                                   [](auto p, const auto& s)
//   void matrix(const Step&, const attune_param&) const;      instead of `at`: a whole tensor
//
// Anything may throw; the host names rule and step.
#pragma once

#include <attune/option.hpp>
#include <attune/plugin_guard.hpp>

// g++ 12 takes registers that intrinsics leave undefined on purpose for uninitialized variables.
#pragma GCC diagnostic push
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <attune/simd.hpp>
#pragma GCC diagnostic pop

#include <cmath>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace attune {

// What a rule knows of the step.
struct Step {
  double t;        // number of updates of these tensors, this one included: 1, 2, ...
  double lr_max;   // the largest value of option `lr` in its schedule
  double loss;     // NaN unless the rule needs it
  attune_key key;  // of the random numbers of this step and group
  std::uint32_t group;
};

// Where a state starts.
struct Start {
  std::uint32_t kind = ATTUNE_INIT_CONSTANT;
  double number = 0;
  std::string_view name = {};

  static constexpr Start value(double number) { return {ATTUNE_INIT_CONSTANT, number, {}}; }
  static constexpr Start parameter() { return {ATTUNE_INIT_PARAM, 0, {}}; }
  static constexpr Start option(std::string_view name) { return {ATTUNE_INIT_OPTION, 0, name}; }
};

// Where a batch of elements stands: what the fourth parameter of a rule's lambda is.
//
//   return [*this](auto& p, auto g, auto&, const auto& place) {
//     p -= lr * g + noise * place.normal();
//   };
template <class V>
class Place {
 public:
  Place(const attune_chunk& chunk, std::int64_t i, const attune_host& host)
      : chunk_(chunk), host_(host), first_(chunk.first + i) {}

  // Draw number `draw` of each element at this step: uniform in [0, 1), standard normal, rounded to
  // the element's type. Functions of option `seed`, step, tensor and element alone: the same bits
  // on every machine and any number of threads.
  V uniform(std::uint32_t draw = 0) const { return take(host_.uniform, draw); }
  V normal(std::uint32_t draw = 0) const { return take(host_.normal, draw); }

  // Role, rank, shape and name of the tensor.
  const attune_param& tensor() const { return *chunk_.param; }

 private:
  template <class Draw>
  V take(Draw generate, std::uint32_t draw) const {
    double numbers[V::size];
    if (!generate || generate(chunk_.key, draw, first_, V::size, numbers) != ATTUNE_OK) {
      throw std::runtime_error("the host's random numbers failed");
    }
    alignas(V) typename V::value_type rounded[V::size];
    for (std::size_t k = 0; k < V::size; ++k) {
      rounded[k] = static_cast<typename V::value_type>(numbers[k]);
    }
    return V::load_aligned(rounded);
  }

  const attune_chunk& chunk_;
  const attune_host& host_;
  std::int64_t first_;
};

// The larger and the smaller of a batch and a number; NaN where the batch is NaN.
template <class T, class A>
xsimd::batch<T, A> max(const xsimd::batch<T, A>& x, double y) {
  return xsimd::max(xsimd::batch<T, A>(static_cast<T>(y)), x);
}
template <class T, class A>
xsimd::batch<T, A> max(double x, const xsimd::batch<T, A>& y) {
  return max(y, x);
}
template <class T, class A>
xsimd::batch<T, A> min(const xsimd::batch<T, A>& x, double y) {
  return xsimd::min(xsimd::batch<T, A>(static_cast<T>(y)), x);
}
template <class T, class A>
xsimd::batch<T, A> min(double x, const xsimd::batch<T, A>& y) {
  return min(y, x);
}

// Element by element `a` where the mask is true, else `b`.
template <class T, class A>
xsimd::batch<T, A> select(const xsimd::batch_bool<T, A>& mask, const xsimd::batch<T, A>& a,
                          double b) {
  return xsimd::select(mask, a, xsimd::batch<T, A>(static_cast<T>(b)));
}
template <class T, class A>
xsimd::batch<T, A> select(const xsimd::batch_bool<T, A>& mask, double a,
                          const xsimd::batch<T, A>& b) {
  return xsimd::select(mask, xsimd::batch<T, A>(static_cast<T>(a)), b);
}
template <class T, class A>
xsimd::batch<T, A> select(const xsimd::batch_bool<T, A>& mask, double a, double b) {
  return select(mask, xsimd::batch<T, A>(static_cast<T>(a)), b);
}

}  // namespace attune
