// Five-fold cross-validation: how well a small network tells malignant from benign tumours, with a
// spread, each fold being the dev part once. The scaler sees the training part only.
#include <attune/attune.hpp>
#include <attune/nn.hpp>
#include <attune/train.hpp>
#include <cmath>
#include <iostream>

using namespace attune;

struct Model {
  data::Standardizer scale;
  nn::Linear hidden{30, 16}, out{16, 2};
  Tensor operator()(const Tensor& x) const { return out(relu(hidden(scale(x)))); }
};

int main() try {
  constexpr int folds = 5;
  int fold = 0;
  double total = 0, squares = 0;
  for (const auto& [train, dev] : data::kfold(data::breast_cancer(), {.folds = folds, .seed = 1})) {
    Model model;
    model.scale = data::Standardizer::fit(train);
    initialize(params(model), "he_normal", {.seed = 1});
    auto opt = optim::make("adamw", params(model), {{"lr", 3e-3}, {"weight_decay", 0.05}});
    fit(model, opt, train, {.epochs = 20, .batch = 32, .seed = 1, .progress = Progress::none});
    const double right = evaluate(model, dev, accuracy);
    std::cout << "fold " << ++fold << ": " << right << '\n';
    total += right;
    squares += right * right;
  }
  const double mean = total / folds;
  const double deviation = std::sqrt((squares - folds * mean * mean) / (folds - 1));
  std::cout << "accuracy " << mean << " +- " << deviation << '\n';
  return mean > 0.95 ? 0 : 1;
} catch (const Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
