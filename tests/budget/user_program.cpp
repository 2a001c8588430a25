// What a user writes: a model as a struct and the loop that trains it. Its compile time is a budget
// (scripts/budgets.py), so it includes what such a program includes and no more.
#include <attune/attune.hpp>
#include <iostream>

using namespace attune;

struct Mlp {
  nn::Linear hidden{64, 128}, out{128, 10};
  double p = 0.1;
  Tensor operator()(const Tensor& x) const { return out(dropout(relu(hidden(x)), p)); }
};

int main() {
  auto [train, dev, test] = data::split(data::digits(), {.dev = 0.1, .test = 0.1, .seed = 1});
  Mlp model;
  initialize(params(model), "he_normal", {.seed = 1});
  auto opt = optim::make("adam", params(model), {{"lr", 1e-3}});
  const Random scope(1);
  for (int epoch = 0; epoch < 2; ++epoch) {
    for (auto [x, y] : data::batches(train, {.size = 128, .shuffle = true, .seed = 1})) {
      const Tensor loss = cross_entropy(model(x / 16.0), y);
      opt.step(loss.backward());
    }
    std::cout << epoch << ": " << evaluate(model, dev, accuracy) << '\n';
  }
}
