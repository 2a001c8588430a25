// Reverse-mode derivatives: what backward returns and how it can be asked.
//
// The graph is dynamic: every operation on a tensor that requires a gradient adds a node, unless a
// NoGrad or Evaluation scope is open. backward() walks it once, in an order that depends on the
// graph alone, and by default frees it on the way. Two threads may run backward on two graphs at
// once, also when the graphs share parameters.
//
// Layer: autograd.
#pragma once

#include <attune/export.hpp>
#include <attune/mode.hpp>
#include <attune/tensor.hpp>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace attune {

struct BackwardOptions {
  bool retain = false;  // keep the graph for another backward
  bool record = false;  // record the derivative itself, for a derivative of it; implies retain
  Tensor seed = {};     // the derivative of some final value by this tensor; default: 1 (0-d only)
};

// The gradients of one backward, or a sum of several: a value, keyed by the identity of each
// variable. Entries may share memory with each other and with the seed, so they are read, not
// written: `g *= 2` and `set` replace them. Nothing in it refers to the graph unless it was
// recorded.
class ATTUNE_API Gradients {
 public:
  // The gradient with respect to `variable`, of its shape and type.
  // Error (state) when it took no part in the loss: use find().
  const Tensor& operator[](const Tensor& variable) const;
  // nullptr when `variable` took no part. Complexity: logarithmic.
  const Tensor* find(const Tensor& variable) const noexcept;
  bool contains(const Tensor& variable) const noexcept { return find(variable) != nullptr; }
  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }

  // Adds gradients variable by variable: accumulation over micro-batches.
  Gradients& operator+=(const Gradients& other);
  Gradients& operator*=(double factor);
  // The 2-norm over all elements of all gradients, accumulated in double in a fixed order.
  double norm() const;
  bool all_finite() const;

  // Entries in the order in which the variables were made.
  struct Entry {
    std::uint64_t variable;  // its identity
    Tensor gradient;
  };
  std::span<const Entry> entries() const noexcept { return entries_; }
  // Puts `gradient` in the place of the one for `variable`, or adds it to the collection.
  void set(const Tensor& variable, Tensor gradient);

 private:
  friend class BackwardPass;
  Tensor* slot(std::uint64_t variable);
  std::vector<Entry> entries_;  // by ascending identity
};

// The derivatives of `result` with respect to `variables`, in their order; intermediate results may
// be among them. A variable that took no part gets zeros. The graph is retained. Errors: state for
// a variable that does not require a gradient; else those of backward.
ATTUNE_API std::vector<Tensor> grad(const Tensor& result, std::span<const Tensor> variables,
                                    const BackwardOptions& options = {});

struct GradcheckOptions {
  double step = 6e-6;       // above 0: central differences with step * max(1, |x|), in f64
  double tolerance = 1e-6;  // on |analytic - numeric| / max(1, |analytic|, |numeric|)
};

// Compares the derivatives of `function` by every input that requires a gradient with central
// differences. Inputs must be f64. Any shape of result is taken: it is contracted with fixed
// weights. Errors: numeric, naming input, element and both values, when they differ; dtype for
// another type; value for a null function or a step that is not above 0; state for an undefined
// result. Cost: two evaluations per element.
ATTUNE_API void gradcheck(const std::function<Tensor(std::span<const Tensor>)>& function,
                          std::span<const Tensor> inputs, const GradcheckOptions& options = {});
// The same for the derivative of the derivative, which must be recordable.
ATTUNE_API void gradgradcheck(const std::function<Tensor(std::span<const Tensor>)>& function,
                              std::span<const Tensor> inputs, const GradcheckOptions& options = {});

}  // namespace attune
