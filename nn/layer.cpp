// Layers chosen at run time.
#include "attune/nn/layer.hpp"

#include "core/fail.hpp"

namespace attune::nn {

Layer::Held::~Held() = default;

Layer& Layer::operator=(const Layer& other) {
  if (this == &other) return *this;
  if (!held_ || !other.held_ || !held_->assign(*other.held_)) *this = Layer(other);
  return *this;
}

Tensor Layer::operator()(const Tensor& x) const {
  if (!held_) {
    internal::fail(ErrorKind::state, "Layer",
                   "it holds nothing (default constructed or moved from)");
  }
  return held_->call(x);
}

void Layer::walk(Visitor& visitor) const {
  if (held_) held_->walk(visitor);
}

Tensor Sequential::operator()(const Tensor& x) const {
  Tensor y = x;
  for (const Layer& layer : layers_) y = layer(y);
  return y;
}

Layer& Sequential::operator[](std::size_t index) {
  if (index >= layers_.size()) {
    internal::fail(ErrorKind::index, "Sequential", "there is no layer {} among {}", index,
                   layers_.size());
  }
  return layers_[index];
}

void Sequential::walk(Visitor& visitor) const { attune::walk(layers_, visitor); }

}  // namespace attune::nn
