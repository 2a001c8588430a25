// The course's run by Adam, in f64, by libtorch: an epoch of it, batches and their order included.
#include "bench/steps/libtorch/model.hpp"
#include "bench/steps/small.hpp"

namespace {

using namespace bench::course;
using bench::small_net::widths;
namespace nn = torch::nn;

struct State {
  nn::Sequential net;
  torch::Tensor x, y, loss;
  torch::optim::Adam optimizer;
  unsigned seed = first_seed;
};

std::shared_ptr<State> start() {
  nn::Sequential net(nn::Linear(widths[0], widths[1]), nn::ReLU(), nn::Linear(widths[1], widths[2]),
                     nn::ReLU(), nn::Linear(widths[2], widths[3]));
  bench::give_values(net->parameters());
  net->to(torch::kDouble);
  torch::optim::Adam optimizer(net->parameters(), torch::optim::AdamOptions(rate));
  const Moons data = moons();
  return std::make_shared<State>(State{net, bench::tensor(data.x, {samples, 2}),
                                       bench::tensor(data.y, {samples, 1}), torch::Tensor(),
                                       std::move(optimizer)});
}

void epoch(State& state) {
  const torch::Tensor order = bench::tensor(permutation(state.seed++), {samples});
  for (const torch::Tensor& chosen : order.split(batch)) {
    state.optimizer.zero_grad();
    state.loss = nn::functional::binary_cross_entropy_with_logits(
        state.net->forward(state.x.index_select(0, chosen)), state.y.index_select(0, chosen));
    state.loss.backward();
    state.optimizer.step();
  }
}

const bench::Registered registered({work([] {
  const auto state = start();
  return bench::Step{[state] { epoch(*state); },
                     [state] {
                       std::vector<double> result{state->loss.item<double>()};
                       for (const torch::Tensor& param : state->net->parameters())
                         bench::append_sums(
                             std::span<const double>(param.data_ptr<double>(),
                                                     static_cast<std::size_t>(param.numel())),
                             result);
                       return result;
                     }};
})});

}  // namespace
