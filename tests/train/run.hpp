// A loop written by hand over the small network, with a checkpoint in it.
#pragma once

#include <attune/attune.hpp>
#include <attune/train.hpp>
#include <cstdint>

#include "tests/train/setting.hpp"

namespace attune::tests {

inline constexpr data::BatchOptions batch_options{.size = 16, .shuffle = true, .seed = 4};

struct Run {
  Net net = fresh_net();
  data::TrainSet train = moons();
  optim::Optimizer opt = adam(net);
  data::Batches<2> stream = batches(train, batch_options);

  // Three epochs of five steps; ends with the process when `steps` steps were done.
  void operator()(Checkpoint& ck, std::uint64_t steps = 1000) {
    while (stream.position().epoch < 3) {
      for (auto [x, y] : stream) {
        opt.step(cross_entropy(net(x), y).backward());
        ck.counters["seen"] += x.size(0);
        ck.maybe_save();
        if (opt.steps() == steps) return;
      }
      ck.scalars["dev"] += evaluate(net, train, MeanLoss{cross_entropy});
    }
  }
};

}  // namespace attune::tests
