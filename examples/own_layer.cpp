// A layer of your own is a struct: its fields are parameters and other layers, its call operator
// what it computes. Nothing is registered; params, save and the optimizer find the fields.
#include <attune/attune.hpp>
#include <attune/nn.hpp>
#include <attune/train.hpp>
#include <iostream>

using namespace attune;

// x + f(x): learns a correction, and passes gradients on unweakened.
struct Residual {
  std::int64_t size = 0;
  nn::LayerNorm norm{.shape = {size}};
  nn::Linear inner{.in = size, .out = size};
  // One factor a feature; parameters of role scale begin at 1.
  Param gate{Shape{size}, Role::scale};
  Tensor operator()(const Tensor& x) const { return x + 0.5 * gate * relu(inner(norm(x))); }
};

struct Model {
  nn::Linear in{.in = 2, .out = 16};
  std::vector<Residual> blocks{Residual{16}, Residual{16}};
  nn::Linear out{.in = 16, .out = 2};
  Tensor operator()(const Tensor& x) const {
    Tensor h = in(x);
    for (const Residual& block : blocks) h = block(h);
    return out(h);
  }
};

int main() try {
  const auto [train, dev, test] =
      data::split(data::moons(600, {.noise = 0.2, .dtype = f32}), {.test = 0.3, .seed = 1});
  Model model;
  initialize(params(model), "he_normal", {.seed = 1});
  std::cout << summary(model);

  auto opt = optim::make("adam", params(model), {{"lr", 1e-2}});
  fit(model, opt, train, {.epochs = 20, .batch = 32, .seed = 1, .progress = Progress::none});
  const double right = evaluate(model, test, accuracy);
  std::cout << "accuracy on the test part: " << right << '\n';

  save(model, "own_layer.safetensors");
  Model again;
  load(again, "own_layer.safetensors");
  const bool same = weights_digest(again) == weights_digest(model);
  return right > 0.93 && same ? 0 : 1;
} catch (const Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
