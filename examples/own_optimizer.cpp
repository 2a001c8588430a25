// An optimizer that attune does not have, loaded at run time: Lion, the plugin of twenty lines in
// plugins/lion/lion.cpp. Copy that file to write one of your own:
//
//   c++ -std=c++20 -O2 -fPIC -shared -fvisibility=hidden -ffp-contract=off mine.cpp -o mine.so
//   example_own_optimizer mine.so
//
// The same file, moved to optim/rules/ and rebuilt, is an optimizer of the tree.
#include <attune/attune.hpp>
#include <attune/nn.hpp>
#include <attune/plugins.hpp>
#include <attune/train.hpp>
#include <iostream>

using namespace attune;

struct Model {
  data::Standardizer scale;
  nn::Linear hidden{64, 64}, out{64, 10};
  Tensor operator()(const Tensor& x) const { return out(relu(hidden(scale(x)))); }
};

int main(int count, char** arguments) try {
  std::string rule = "lion";
  if (count > 1) {
    rule = load_plugin(arguments[1]).rules.at(0);
  } else {
    load_plugins();  // those beside the library
  }
  const auto info = optim::describe(rule);
  std::cout << info.name << ": " << info.cite << '\n';
  for (const OptionInfo& option : info.options) {
    std::cout << "  " << option.name << " = " << option.initial << ": " << option.meaning << '\n';
  }

  const auto [train, dev, test] = data::split(data::digits(), {.test = 0.2, .seed = 1});
  Model model;
  model.scale = data::Standardizer::fit(train);
  initialize(params(model), "he_normal", {.seed = 1});
  auto opt = optim::make(rule, params(model), {{"lr", 1e-3}});
  fit(model, opt, train, {.epochs = 10, .batch = 32, .seed = 1});
  const double right = evaluate(model, test, accuracy);
  std::cout << "accuracy on the test part: " << right << '\n';
  return right > 0.93 ? 0 : 1;
} catch (const Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
