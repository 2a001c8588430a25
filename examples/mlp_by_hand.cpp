// A training loop written by hand, on handwritten digits: batches, steps, an evaluation each epoch,
// and a checkpoint, so that the run may be killed at any time and goes on where it was. The digest
// of the weights printed at the end is the same however often that happened.
//
//   example_mlp_by_hand [epochs] [checkpoint file]
#include <attune/attune.hpp>
#include <attune/nn/linear.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>

using namespace attune;

struct Mlp {
  data::Standardizer scale;
  nn::Linear hidden{64, 64}, out{64, 10};
  Tensor operator()(const Tensor& x) const { return out(dropout(relu(hidden(scale(x))), 0.2)); }
};

int main(int count, char** arguments) try {
  const int epochs = count > 1 ? std::atoi(arguments[1]) : 10;
  if (epochs < 1) {
    std::cerr << "usage: example_mlp_by_hand [epochs] [checkpoint file]\n";
    return 2;
  }
  const std::string file = count > 2 ? arguments[2] : "mlp_by_hand.ckpt";
  auto [train, dev, test] = data::split(data::digits(), {.dev = 0.1, .test = 0.2, .seed = 1});

  Mlp model;
  model.scale = data::Standardizer::fit(train);
  initialize(params(model), "he_normal", {.seed = 1});
  auto opt = optim::make("adam", params(model), {{"lr", 1e-3}});
  Random random{1};  // of the dropout; the checkpoint keeps its place, too

  auto stream = batches(train, {.size = 32, .shuffle = true, .seed = 1});
  Checkpoint ck{file, model, opt, stream, 20};  // every 20 steps; `30s` would be a time
  if (ck.resume()) std::cout << "goes on after " << opt.steps() << " steps\n";
  while (stream.position().epoch < epochs) {
    const auto epoch = stream.position().epoch + 1;
    for (auto [x, y] : stream) {
      Tensor loss = cross_entropy(model(x), y);
      opt.step(loss.backward());
      ck.maybe_save();
    }
    std::cout << "epoch " << epoch << ": accuracy on dev " << evaluate(model, dev, accuracy)
              << std::endl;
  }
  std::cout << evaluate(model, test, confusion) << "weights " << weights_digest(model) << '\n';
  std::remove(file.c_str());  // the run is complete: the next one begins anew
} catch (const Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
