// A net of 30 parameters and a step of it, by attune.
#include <attune/nn/linear.hpp>
#include <attune/ops/activation.hpp>

#include "bench/steps/attune/model.hpp"
#include "bench/steps/small.hpp"

namespace {

using namespace attune;
using namespace bench::small_net;

struct Net {
  nn::Linear first{widths[0], widths[1]}, second{widths[1], widths[2]}, out{widths[2], widths[3]};
  Tensor operator()(const Tensor& x) const { return out(relu(second(relu(first(x))))); }
};

bench::Step step(const char* rule) {
  struct State {
    Net net;
    Tensor x, y, loss;
    optim::Optimizer optimizer;
  };
  Net net;
  bench::give_values(params(net));
  auto optimizer = optim::make(rule, params(net), {{"lr", rate}});
  auto state = std::make_shared<State>(State{
      std::move(net), tensor(bench::numbers(1, batch * widths[0], -1, 1), {batch, widths[0]}),
      tensor(bench::labels(2, batch, 2), {batch, 1}).to(f32), Tensor(), std::move(optimizer)});
  return {[state] {
            state->loss = binary_cross_entropy_with_logits(state->net(state->x), state->y);
            state->optimizer.step(state->loss.backward());
          },
          [state] {
            std::vector<double> result{state->loss.item()};
            for (const ParamHandle& param : params(state->net))
              bench::append_sums(param.tensor.values<float>(), result);
            return result;
          }};
}

const bench::Registered registered({work("adam", [] { return step("adam"); }),
                                    work("momentum", [] { return step("momentum"); })});

}  // namespace
