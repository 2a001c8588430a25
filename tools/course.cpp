// The course's experiments, as a user of attune writes them. The random numbers are NumPy's, so
// that weights, data and the order of samples are those of the course.
#include "tools/course.hpp"

#include <attune/attune.hpp>
#include <attune/nn/linear.hpp>
#include <attune/train/evaluate.hpp>
#include <chrono>
#include <cmath>
#include <functional>

namespace attune::tools {
namespace {

constexpr InitializeOptions course_weights{.seed = 3, .rng = Rng::numpy_legacy};

// ReLU between the layers; the sigmoid is part of the loss.
struct Net {
  std::vector<nn::Linear> layers;

  explicit Net(std::initializer_list<std::int64_t> sizes, const char* initializer,
               const OptionList& options = {}) {
    for (const auto* size = sizes.begin(); size + 1 != sizes.end(); ++size) {
      layers.push_back(nn::Linear{.in = size[0], .out = size[1]});
    }
    to(layers, f64);
    initialize(params(layers), initializer, course_weights, options);
  }

  using Between = std::function<Tensor(const Tensor&, std::size_t layer)>;
  Tensor forward(Tensor x, const Between& between) const {
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) x = between(relu(layers[i](x)), i);
    return layers.back()(x);
  }
  Tensor operator()(Tensor x) const {
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) x = relu(layers[i](x));
    return layers.back()(x);
  }
};

// The targets as numbers beside the logits: [n, 1].
data::Set with_real_targets(const data::Set& set) {
  const Tensor y = set.column("y").to(f64);
  return {set.column("x"), reshape(y, {set.size(), 1})};
}

Tensor cost_of(const Net& net, const Tensor& x, const Tensor& y) {
  return binary_cross_entropy_with_logits(net(x), y);
}

double full_cost(const Net& net, const data::Set& set) {
  const NoGrad no_grad;
  return cost_of(net, set.column("x"), set.column("y")).item();
}

// Every sample in every step, the gradient being that of `loss`.
void descend(optim::Optimizer& optimizer, int steps, const std::function<Tensor()>& loss) {
  for (int i = 0; i < steps; ++i) optimizer.step(loss().backward());
}

class Watch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The entry of a table that ends with a name which is none of its own.
template <class Row, std::size_t N>
const Row& row_named(const Row (&rows)[N], const std::string& name) {
  std::vector<std::string> known;
  for (const Row& row : rows) {
    if (row.name == name) return row;
    known.emplace_back(row.name);
  }
  throw Error(ErrorKind::value,
              "course: there is no case \"" + name + "\": " + did_you_mean(name, known));
}

double relative(double cost) { return 1e-5 * cost; }

}  // namespace

CourseRow initialization(const std::string& name) {
  struct Row {
    const char* name;
    const char* initializer;
    OptionList options;
    Published published;
  };
  static const Row rows[] = {
      {"zeros", "zeros", {}, {.5, .5, std::log(2.0), relative(std::log(2.0))}},
      {"large", "normal", {{"std", 10}}, {.83, .86, .381076, 5e-3}},
      {"he", "he_normal", {}, {.99333, .96, .0648101874, relative(.0648101874)}},
  };
  const Row& row = row_named(rows, name);
  const auto train = with_real_targets(data::circles(300, {.noise = .05, .seed = 1}));
  const auto test = with_real_targets(data::circles(100, {.noise = .05, .seed = 2}));

  const Watch watch;
  Net net({2, 10, 5, 1}, row.initializer, row.options);
  auto optimizer = optim::make("sgd", params(net.layers), {{"lr", .01}});
  const Tensor x = train.column("x"), y = train.column("y");
  descend(optimizer, 15000, [&] { return cost_of(net, x, y); });
  const double seconds = watch.seconds();
  return {"initialization",
          name,
          evaluate(net, train, accuracy),
          evaluate(net, test, accuracy),
          full_cost(net, train),
          seconds,
          row.published};
}

CourseRow optimization(const std::string& name) {
  struct Row {
    const char* name;
    const char* rule;
    OptionList options;
    Published published;
  };
  static const Row rows[] = {
      {"gd", "sgd", {}, {.79667, {}, .433230127060, relative(.433230127060)}},
      {"momentum",
       "momentum",
       {{"averaged", true}},
       {.79667, {}, .433600964818, relative(.433600964818)}},
      {"adam", "adam", {}, {.94, {}, .128654815810, relative(.128654815810)}},
  };
  const Row& row = row_named(rows, name);
  const auto train = with_real_targets(data::moons(300, {.noise = .2, .seed = 3}));

  const Watch watch;
  Net net({2, 5, 2, 1}, "he_normal");
  OptionList options = row.options;
  options.emplace_back("lr", .0007);
  auto optimizer = optim::make(row.rule, params(net.layers), options);
  auto stream = data::batches(train, {.size = 64,
                                      .shuffle = true,
                                      .seed = 11,  // the course counts up from 10 first
                                      .order = data::Order::numpy_legacy});
  while (stream.position().epoch < 10000) {
    for (auto& [x, y] : stream) optimizer.step(cost_of(net, x, y).backward());
  }
  const double seconds = watch.seconds();
  return {"optimization", name,         evaluate(net, train, accuracy), {}, full_cost(net, train),
          seconds,        row.published};
}

CourseRow regularization(const std::string& name, unsigned seed) {
  struct Row {
    const char* name;
    double lambda, keep;
    Published published;
  };
  static const Row rows[] = {
      {"none", 0, 1, {.9005, .7850, .215312, relative(.215312)}},
      {"l2", .7, 1, {.8578, .8750, .302127, relative(.302127)}},
      {"dropout", 0, .86, {.8531, .8300, {}, 0, false}},
  };
  const Row& row = row_named(rows, name);
  const auto sets = data::course_2d(seed);
  const auto train = with_real_targets(sets.train), test = with_real_targets(sets.test);
  const double m = static_cast<double>(train.size());

  const Watch watch;
  Net net({2, 20, 3, 1}, "lecun_normal");
  const auto [weights, biases] = by_role(params(net.layers), {Role::weight});
  auto optimizer =
      optim::make("sgd", {{weights, {{"weight_decay", row.lambda / m}}}, {biases}}, {{"lr", .3}});
  const Tensor x = train.column("x"), y = train.column("y");

  // The course seeds its masks anew in each step, so they are the same in all: (unit, sample).
  NumpyLegacy stream(1);
  const auto mask = [&](std::int64_t units) {
    std::vector<double> scales(static_cast<std::size_t>(units * train.size()));
    for (double& scale : scales) scale = stream.random_sample() < row.keep ? 1 / row.keep : 0;
    return transpose(tensor(scales, {units, train.size()}), 0, 1).contiguous();
  };
  const Tensor masks[] = {mask(20), mask(3)};
  descend(optimizer, 30000, [&] {
    if (row.keep == 1) return cost_of(net, x, y);
    return binary_cross_entropy_with_logits(
        net.forward(x, [&](const Tensor& a, std::size_t layer) { return a * masks[layer]; }), y);
  });
  const double seconds = watch.seconds();

  return {"regularization",
          name,
          evaluate(net, train, accuracy),
          evaluate(net, test, accuracy),
          full_cost(net, train),
          seconds,
          row.published};
}

std::vector<CourseCase> course_cases() {
  std::vector<CourseCase> cases;
  for (const char* name : {"zeros", "large", "he"}) {
    cases.push_back({initialization, "initialization", name});
  }
  for (const char* name : {"gd", "momentum", "adam"}) {
    cases.push_back({optimization, "optimization", name});
  }
  for (const char* name : {"none", "l2", "dropout"}) {
    cases.push_back(
        {[](const std::string& which) { return regularization(which); }, "regularization", name});
  }
  return cases;
}

bool as_published(const CourseRow& row) {
  const auto close = [](double value, std::optional<double> published, double tolerance) {
    return !published || std::abs(value - *published) <= tolerance;
  };
  constexpr double printed_digits = 5e-5;
  return close(row.train_accuracy, row.published.train_accuracy, printed_digits) &&
         (!row.test_accuracy ||
          close(*row.test_accuracy, row.published.test_accuracy, printed_digits)) &&
         close(row.final_cost, row.published.final_cost, row.published.cost_tolerance);
}

}  // namespace attune::tools
