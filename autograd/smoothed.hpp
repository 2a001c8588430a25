// The loss of cross-entropy on classes, with weights and label smoothing, and its derivative.
#pragma once

#include "attune/record.hpp"
#include "autograd/loss_classes.hpp"

namespace attune::internal {

// Of planes of logits as class_planes makes them. With w the weight of a sample's class t, s the
// smoothing and C classes, its loss is -sum_c q_c log p_c, where q_c = (1 - s) w [c = t] + s / C
// weight_c; the derivative by the logits is p sum(q) - q.
struct Smoothed {
  Saved log_p;    // [n, C] or [n, C, inner]: on record, for the derivative of the derivative
  Saved classes;  // of each sample, [n * inner]
  Tensor weight;
  double smoothing, factor;

  // The losses of the samples, or their sum times factor.
  void value(bool reduced, Tensor& y) const;
  // The derivative by the logits as loops, and in attune operations.
  Tensor fused(const Tensor& g) const;
  Tensor composed(const Tensor& g) const;
  // q as a tensor, zeros where ignored.
  Tensor targets() const;

 private:
  template <class T>
  const T* weights() const {
    return weight.defined() ? data<T>(weight) : nullptr;
  }
  std::int64_t width() const { return (*log_p).shape()[1]; }
  std::int64_t samples() const { return (*classes).numel(); }
  std::int64_t together() const;  // samples in a chunk
  std::int64_t chunks() const;
  template <class Body>
  void for_chunks(std::int64_t cost, const Body& body) const;
  template <class T>
  T spread() const {
    return static_cast<T>(smoothing / static_cast<double>(width()));
  }
  template <class T>
  T total_weight() const;
  template <class T>
  void value(bool reduced, T* y) const;
  template <class T>
  void fused(const Tensor& g, T* y) const;
};

}  // namespace attune::internal
