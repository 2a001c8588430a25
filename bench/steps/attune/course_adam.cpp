// The course's run by Adam, in f64, by attune: an epoch of it, batches and their order included.
#include <attune/data/batches.hpp>
#include <attune/nn/linear.hpp>
#include <attune/ops/activation.hpp>

#include "bench/steps/attune/model.hpp"
#include "bench/steps/small.hpp"

namespace {

using namespace attune;
using namespace bench::course;
using bench::small_net::widths;

struct Net {
  nn::Linear first{widths[0], widths[1]}, second{widths[1], widths[2]}, out{widths[2], widths[3]};
  Tensor operator()(const Tensor& x) const { return out(relu(second(relu(first(x))))); }
};

struct State {
  Net net;
  data::Batches<2> batches;
  optim::Optimizer optimizer;
  Tensor loss;
};

std::shared_ptr<State> start() {
  Net net;
  bench::give_values(params(net));
  to(net, f64);
  const bench::course::Moons moons = bench::course::moons();
  const data::Set set{tensor(moons.x, {samples, 2}), tensor(moons.y, {samples, 1})};
  auto optimizer = optim::make("adam", params(net), {{"lr", rate}});
  return std::make_shared<State>(State{
      std::move(net),
      data::batches(
          set,
          {.size = batch, .shuffle = true, .seed = first_seed, .order = data::Order::numpy_legacy}),
      std::move(optimizer), Tensor()});
}

const bench::Registered registered({work([] {
  const auto state = start();
  return bench::Step{[state] {
                       for (auto& [x, y] : state->batches) {
                         state->loss = binary_cross_entropy_with_logits(state->net(x), y);
                         state->optimizer.step(state->loss.backward());
                       }
                     },
                     [state] {
                       std::vector<double> result{state->loss.item()};
                       for (const ParamHandle& param : params(state->net))
                         bench::append_sums(param.tensor.values<double>(), result);
                       return result;
                     }};
})});

}  // namespace
