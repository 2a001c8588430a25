// libtorch's side of the lists of single operations.
#pragma once

#include <memory>
#include <torch/torch.h>

#include "bench/steps/operation.hpp"

namespace bench {

struct Libtorch {
  using Tensor = torch::Tensor;

  static Tensor f32(int seed, const Sizes& sizes, float low = -1, float high = 1) {
    auto values = numbers(static_cast<std::uint64_t>(seed), elements(sizes), low, high);
    return torch::from_blob(values.data(), sizes, torch::kFloat32).clone();
  }
  static Tensor f64(int seed, const Sizes& sizes) { return f32(seed, sizes).to(torch::kFloat64); }
  static Tensor i64(int seed, const Sizes& sizes, int classes) {
    auto values = labels(static_cast<std::uint64_t>(seed), elements(sizes), classes);
    return torch::from_blob(values.data(), sizes, torch::kInt64).clone();
  }
  static Tensor i32(int seed, const Sizes& sizes, int classes) {
    return i64(seed, sizes, classes).to(torch::kInt32);
  }
  static Tensor u8(int seed, const Sizes& sizes, int classes) {
    return i64(seed, sizes, classes).to(torch::kUInt8);
  }
  static Tensor boolean(int seed, const Sizes& sizes) {
    return i64(seed, sizes, 2).to(torch::kBool);
  }
  static Tensor to_f32(const Tensor& x) { return x.to(torch::kFloat32); }

  static Tensor cat(const std::vector<Tensor>& tensors, int axis) {
    return torch::cat(tensors, axis);
  }
  static Tensor embedding(const Tensor& i, const Tensor& w) { return torch::embedding(w, i); }
  static Tensor one_hot(const Tensor& i, int classes) { return torch::one_hot(i, classes); }
  static Tensor variance(const Tensor& x) { return torch::var(x, {1}, true); }
  static Tensor norm(const Tensor& x) { return torch::norm(x); }
  static Tensor cross_entropy(const Tensor& x, const Tensor& t) {
    return torch::cross_entropy_loss(x, t);
  }
  static Tensor layer_norm(const Tensor& x, std::int64_t width, const Tensor& a, const Tensor& b) {
    return torch::layer_norm(x, {width}, a, b);
  }
  static Tensor batch_norm(const Tensor& x, const Tensor& a, const Tensor& b) {
    return torch::batch_norm(x, a, b, {}, {}, true, 0.1, 1e-5, false);
  }
  static Tensor batch_norm_evaluation(const Tensor& x, const Tensor& mean, const Tensor& variance,
                                      const Tensor& a, const Tensor& b) {
    return torch::batch_norm(x, a, b, mean, variance, false, 0.1, 1e-5, false);
  }
  static Tensor average(const Tensor& x) { return torch::avg_pool2d(x, 2); }
  static Tensor average_all(const Tensor& x) { return torch::adaptive_avg_pool2d(x, {1, 1}); }

  // The values alone.
  template <class F>
  static Step values_of(F f) {
    return kept([f] {
      const torch::NoGradGuard values_only;
      return std::vector<Tensor>{f()};
    });
  }
  // f(inputs) and the gradients of the inputs, where `seed` arrives.
  template <class F>
  static Step gradients_of(std::vector<Tensor> inputs, Tensor seed, F f) {
    for (Tensor& input : inputs) input.set_requires_grad(true);
    return kept([=] { return torch::autograd::grad({f(inputs)}, inputs, {seed}); });
  }

 private:
  template <class F>
  static Step kept(F f) {
    auto results = std::make_shared<std::vector<Tensor>>();
    return {[=] { *results = f(); },
            [=] {
              std::vector<double> sums;
              for (const Tensor& one : *results) {
                const Tensor flat = one.to(torch::kFloat32).contiguous();
                append_sums({flat.data_ptr<float>(), static_cast<std::size_t>(flat.numel())}, sums);
              }
              return sums;
            }};
  }
};

}  // namespace bench
