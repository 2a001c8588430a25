// A model, seen as what it computes, for the time of a call: what evaluate, predict and fit take,
// so that none of them is a template over the model. Any struct or lambda that maps a Tensor to a
// Tensor will do.
//
// Layer: train.
#pragma once

#include <attune/model.hpp>
#include <concepts>
#include <type_traits>

namespace attune {

class Forward {
 public:
  template <class M>
  requires(!std::is_base_of_v<Forward, M> && std::is_class_v<M> &&
           requires(const M& model, const Tensor& x) {
             { model(x) } -> std::convertible_to<Tensor>;
           })
      Forward(const M& model)  // NOLINT: `Tensor operator()(const Tensor&) const` makes a model
      : model_(&model), call_([](const void* what, const Tensor& x) -> Tensor {
          return (*static_cast<const M*>(what))(x);
        }) {}

  Tensor operator()(const Tensor& x) const { return call_(model_, x); }

 private:
  const void* model_;
  Tensor (*call_)(const void*, const Tensor&);
};

// A model that is going to be trained: its parameters and what it computes.
class Trainable : public MutableModelRef {
 public:
  template <class M>
  requires(!std::is_const_v<M> && !std::is_base_of_v<ModelRef, M> &&
           std::constructible_from<Forward, const M&>) Trainable(M& model)
      : MutableModelRef(model), forward_(model) {}  // NOLINT

  const Forward& forward() const noexcept { return forward_; }

 private:
  Forward forward_;
};

}  // namespace attune
