// attune's side of the lists of single operations.
#pragma once

#include <attune/autograd.hpp>
#include <attune/mode.hpp>
#include <attune/ops.hpp>
#include <memory>

#include "bench/steps/operation.hpp"

namespace bench {

struct Attune {
  using Tensor = attune::Tensor;

  static attune::Shape shape(const Sizes& sizes) {
    return attune::Shape(std::span<const std::int64_t>(sizes));
  }
  static Tensor f32(int seed, const Sizes& sizes, float low = -1, float high = 1) {
    return attune::tensor(numbers(static_cast<std::uint64_t>(seed), elements(sizes), low, high),
                          shape(sizes));
  }
  static Tensor f64(int seed, const Sizes& sizes) { return f32(seed, sizes).to(attune::f64); }
  static Tensor i64(int seed, const Sizes& sizes, int classes) {
    return reshape(
        attune::tensor(labels(static_cast<std::uint64_t>(seed), elements(sizes), classes)),
        shape(sizes));
  }
  static Tensor i32(int seed, const Sizes& sizes, int classes) {
    return i64(seed, sizes, classes).to(attune::i32);
  }
  static Tensor u8(int seed, const Sizes& sizes, int classes) {
    return i64(seed, sizes, classes).to(attune::u8);
  }
  static Tensor boolean(int seed, const Sizes& sizes) {
    return i64(seed, sizes, 2).to(attune::boolean);
  }
  static Tensor to_f32(const Tensor& x) { return x.to(attune::f32); }

  static Tensor cat(const std::vector<Tensor>& tensors, int axis) {
    return attune::cat(tensors, axis);
  }
  static Tensor embedding(const Tensor& i, const Tensor& w) { return attune::embedding(i, w); }
  static Tensor one_hot(const Tensor& i, int classes) { return attune::one_hot(i, classes); }
  static Tensor variance(const Tensor& x) { return attune::var(x, {1}); }
  static Tensor norm(const Tensor& x) { return attune::norm(x); }
  static Tensor cross_entropy(const Tensor& x, const Tensor& t) {
    return attune::cross_entropy(x, t);
  }
  static Tensor layer_norm(const Tensor& x, std::int64_t width, const Tensor& a, const Tensor& b) {
    return attune::layer_norm(x, {width}, a, b);
  }
  static Tensor batch_norm(const Tensor& x, const Tensor& a, const Tensor& b) {
    return attune::batch_norm(x, a, b).y;
  }
  static Tensor batch_norm_evaluation(const Tensor& x, const Tensor& mean, const Tensor& variance,
                                      const Tensor& a, const Tensor& b) {
    return attune::batch_norm(x, {mean, variance}, a, b);
  }
  static Tensor average(const Tensor& x) { return attune::avg_pool2d(x, {.kernel = 2}); }
  static Tensor average_all(const Tensor& x) { return attune::adaptive_avg_pool2d(x, 1); }

  // The values alone.
  template <class F>
  static Step values_of(F f) {
    return kept([f] {
      const attune::NoGrad values_only;
      return std::vector<Tensor>{f()};
    });
  }
  // f(inputs) and the gradients of the inputs, where `seed` arrives.
  template <class F>
  static Step gradients_of(std::vector<Tensor> inputs, Tensor seed, F f) {
    for (Tensor& input : inputs) input.set_requires_grad();
    return kept([=] { return attune::grad(f(inputs), inputs, {.seed = seed}); });
  }

 private:
  template <class F>
  static Step kept(F f) {
    auto results = std::make_shared<std::vector<Tensor>>();
    return {[=] { *results = f(); },
            [=] {
              std::vector<double> sums;
              for (const Tensor& one : *results)
                append_sums(one.to(attune::f32).contiguous().template values<float>(), sums);
              return sums;
            }};
  }
};

}  // namespace bench
