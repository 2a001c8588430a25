// The step of a perceptron with two hidden layers, by attune.
#include <attune/nn/linear.hpp>
#include <attune/ops/activation.hpp>

#include "bench/steps/attune/model.hpp"
#include "bench/steps/sizes.hpp"

namespace {

using namespace attune;
using namespace bench::mlp;

struct Mlp {
  nn::Linear first{widths[0], widths[1]}, second{widths[1], widths[2]}, out{widths[2], widths[3]};
  Tensor operator()(const Tensor& x) const { return out(relu(second(relu(first(x))))); }
};

const bench::Registered registered({work([] {
  return bench::training(Mlp(),
                         tensor(bench::numbers(1, batch * widths[0], 0, 1), {batch, widths[0]}),
                         tensor(bench::labels(2, batch, widths[3])), rate);
})});

}  // namespace
