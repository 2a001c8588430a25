// A net of 30 parameters and a step of it, by libtorch.
#include <torch/optim/sgd.h>

#include "bench/steps/libtorch/model.hpp"
#include "bench/steps/small.hpp"

namespace {

using namespace bench::small_net;
namespace nn = torch::nn;
namespace optim = torch::optim;

template <class Optimizer, class Options>
bench::Step step(const Options& options) {
  struct State {
    nn::Sequential net;
    torch::Tensor x, y, loss;
    Optimizer optimizer;
  };
  nn::Sequential net(nn::Linear(widths[0], widths[1]), nn::ReLU(), nn::Linear(widths[1], widths[2]),
                     nn::ReLU(), nn::Linear(widths[2], widths[3]));
  bench::give_values(net->parameters());
  Optimizer optimizer(net->parameters(), options);
  auto state = std::make_shared<State>(
      State{net, bench::tensor(bench::numbers(1, batch * widths[0], -1, 1), {batch, widths[0]}),
            bench::tensor(bench::labels(2, batch, 2), {batch, 1}).to(torch::kFloat),
            torch::Tensor(), std::move(optimizer)});
  return {[state] {
            state->optimizer.zero_grad();
            state->loss = nn::functional::binary_cross_entropy_with_logits(
                state->net->forward(state->x), state->y);
            state->loss.backward();
            state->optimizer.step();
          },
          [state] {
            std::vector<double> result{state->loss.template item<double>()};
            for (const torch::Tensor& param : state->net->parameters())
              bench::append_sums({param.data_ptr<float>(), static_cast<std::size_t>(param.numel())},
                                 result);
            return result;
          }};
}

const bench::Registered registered(
    {work("adam", [] { return step<optim::Adam>(optim::AdamOptions(rate)); }), work("momentum", [] {
       return step<optim::SGD>(optim::SGDOptions(rate).momentum(momentum));
     })});

}  // namespace
