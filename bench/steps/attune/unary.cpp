// Functions of one tensor by attune, as a user calls them: each makes its result.
#include <attune/mode.hpp>
#include <attune/ops/activation.hpp>
#include <attune/ops/binary.hpp>
#include <attune/ops/unary.hpp>
#include <map>
#include <memory>

#include "bench/steps/sizes.hpp"

namespace {

using namespace attune;

const std::map<std::string, std::function<Tensor(const Tensor&)>> functions{
    {"exp", attune::exp},
    {"log", attune::log},
    {"tanh", attune::tanh},
    {"sigmoid", attune::sigmoid},
    {"gelu", [](const Tensor& x) { return gelu(x); }},
    {"silu", attune::silu},
    {"erf", attune::erf},
    {"sin", attune::sin},
    {"cos", attune::cos},
    {"pow", [](const Tensor& x) { return pow(x, bench::unary_exponent); }},
    {"atan", attune::atan}};

const bench::Registered registered(bench::functions_of_one([](const std::string& name,
                                                              const std::vector<float>& values) {
  auto y = std::make_shared<Tensor>();
  return bench::Step{[=, function = functions.at(name),
                      x = tensor(values, {bench::unary_rows, bench::unary_columns})] {
                       const NoGrad values_only;
                       *y = function(x);
                     },
                     [y] {
                       std::vector<double> result;
                       bench::append_sums(y->values<float>(), result);
                       return result;
                     }};
}));

}  // namespace
