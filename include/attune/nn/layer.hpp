// Layers chosen at run time: Layer holds anything that maps a tensor to a tensor, Sequential a row
// of them. Both are values: a copy is deep, with parameters of its own. A model of known fields
// needs neither.
//
// Layer: nn.
#pragma once

#include <attune/model.hpp>
#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace attune::nn {

class Layer;
class Sequential;

// What a Layer can hold: a function, or a copyable struct with `Tensor operator()(const Tensor&)
// const` that the walk can see into.
template <class T>
concept Callable = std::copy_constructible<T> && requires(const T& layer, const Tensor& x) {
  { layer(x) } -> std::convertible_to<Tensor>;
};

class ATTUNE_API Layer {
 public:
  // None: calling it is an Error (state).
  Layer() noexcept = default;
  template <class T>
  requires(!std::is_same_v<std::decay_t<T>, Layer> && Callable<std::decay_t<T>>)
      Layer(T&& layer)  // NOLINT: every layer is a Layer
      : held_(std::make_unique<Holder<std::decay_t<T>>>(std::forward<T>(layer))) {}

  Layer(const Layer& other) : held_(other.held_ ? other.held_->clone() : nullptr) {}
  // Assigns what is held when both hold the same type (parameters keep identity and memory, see
  // <attune/param.hpp>); else this becomes a copy.
  Layer& operator=(const Layer& other);
  Layer(Layer&&) noexcept = default;
  Layer& operator=(Layer&&) noexcept = default;
  ~Layer() = default;

  Tensor operator()(const Tensor& x) const;
  explicit operator bool() const noexcept { return held_ != nullptr; }
  void walk(Visitor& visitor) const;

  // What is held, or nullptr when that is no T.
  template <class T>
  T* get() noexcept {
    auto* const holder = dynamic_cast<Holder<T>*>(held_.get());
    return holder ? &holder->layer : nullptr;
  }

 private:
  struct ATTUNE_API Held {
    virtual ~Held();
    virtual std::unique_ptr<Held> clone() const = 0;
    virtual bool assign(const Held& other) = 0;  // false for another type
    virtual Tensor call(const Tensor& x) const = 0;
    virtual void walk(Visitor& visitor) const = 0;
  };
  template <class T>
  struct Holder final : Held {
    template <class U>
    explicit Holder(U&& from) : layer(std::forward<U>(from)) {}
    std::unique_ptr<Held> clone() const override { return std::make_unique<Holder>(layer); }
    bool assign(const Held& other) override {
      const auto* const same = dynamic_cast<const Holder*>(&other);
      if constexpr (std::is_copy_assignable_v<T>) {
        if (same) layer = same->layer;
        return same != nullptr;
      } else {
        return false;
      }
    }
    Tensor call(const Tensor& x) const override { return layer(x); }
    void walk(Visitor& visitor) const override { attune::walk(layer, visitor); }

    T layer;
  };

  std::unique_ptr<Held> held_;
};

// Layers applied one after the other; paths are "0.weight", "1.weight", ...
//   nn::Sequential net{nn::Linear{784, 256}, nn::ReLU{}, nn::Linear{256, 10}};
class ATTUNE_API Sequential {
 public:
  Sequential() = default;
  template <class... T>
  requires(!(sizeof...(T) == 1 && (std::is_same_v<std::decay_t<T>, Sequential> && ...)) &&
           sizeof...(T) > 0 &&
           (std::constructible_from<Layer, T> && ...)) explicit Sequential(T&&... layers) {
    layers_.reserve(sizeof...(T));
    (layers_.emplace_back(std::forward<T>(layers)), ...);
  }

  // The layers in order; of none: x itself.
  Tensor operator()(const Tensor& x) const;

  void push_back(Layer layer) { layers_.push_back(std::move(layer)); }
  std::size_t size() const noexcept { return layers_.size(); }
  // Error (index) beyond size().
  Layer& operator[](std::size_t index);
  auto begin() const noexcept { return layers_.begin(); }
  auto end() const noexcept { return layers_.end(); }
  void walk(Visitor& visitor) const;

 private:
  std::vector<Layer> layers_;
};

}  // namespace attune::nn
