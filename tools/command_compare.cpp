// attune compare: every pair of initializer and optimizer on one task, over several seeds.
#include <algorithm>
#include <attune/train.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "tools/files.hpp"
#include "tools/json.hpp"
#include "tools/plugins.hpp"
#include "tools/say.hpp"
#include "tools/text.hpp"
#include "tools/training.hpp"

namespace attune::tools {
namespace {

// "a,b" and "c" given one after the other are a, b, c. What is given is not empty.
std::vector<std::string> names_in(const char* option, const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  for (const std::string& text : texts) {
    for (std::string& part : split_at_commas(text)) {
      if (!part.empty()) parts.push_back(std::move(part));
    }
  }
  if (parts.empty() && !texts.empty()) {
    throw Error(ErrorKind::value, std::string(option) + " names none: give names, or leave it out");
  }
  return parts;
}

// Each pair is trained once.
void require_once(const char* option, std::vector<std::string> names) {
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end()) return;
  throw Error(ErrorKind::value, fmt::format("{} names {} twice: leave one out", option, *twice));
}

struct Spread {
  double mean = 0, deviation = 0;
};

Spread spread_of(const std::vector<double>& values) {
  Spread spread;
  for (const double value : values) spread.mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  if (values.size() > 1) {
    spread.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  }
  return spread;
}

class CompareCommand final : public Command {
 public:
  std::string summary() const override {
    return "Train every pair of initializer and optimizer, over several seeds, and tell how far "
           "each came";
  }
  std::string examples() const override {
    return "  attune compare --data digits --model mlp:64 --initializers zeros,he_normal "
           "--optimizers sgd,adam\n"
           "  attune compare --data moons --model mlp:16 --optimizers momentum,adam,lion.so "
           "--set lion.lr=1e-3 --seeds 5 --json pairs.jsonl\n"
           "  attune compare --data digits --initializers normal,he_normal --init-set "
           "normal.std=10";
  }

  void declare(Arguments& a) override {
    training_.declare(a);
    a.option("--initializers", initializers_,
             "names, separated by commas; without: zeros,xavier_uniform,he_normal");
    a.option("--optimizers", optimizers_,
             "names, separated by commas; a FILE.so stands for the rules in it; without: "
             "sgd,momentum,rmsprop,adam");
    a.option("--plugin", plugins_, "file to load rules and initializers from");
    a.option("--seeds", seeds_, "runs of each pair, with the seeds 1, 2, ...");
    a.option("--json", json_, "write one object per pair to this file (- for stdout)");
  }

  int run() override {
    training_.begin();
    require_within("--seeds", seeds_, 1, std::numeric_limits<int>::max());
    auto rule_files = names_in("--optimizers", optimizers_);
    std::erase_if(rule_files, [](const std::string& name) { return !name.ends_with(".so"); });
    const NamedFiles files[] = {{"--data", files_of(training_.data), false},
                                {"--plugin", files_of_plugins(plugins_), false},
                                {"--optimizers", files_of_plugins(rule_files), false},
                                {"--json", {json_}, true}};
    require_distinct(files);
    load_rules(plugins_);
    const auto rules = rules_of(names_in("--optimizers", optimizers_));
    auto initializers = names_in("--initializers", initializers_);
    if (initializers.empty()) initializers = {"zeros", "xavier_uniform", "he_normal"};
    require_once("--optimizers", rules);
    require_once("--initializers", initializers);
    // Whatever is wrong shows before anything is trained.
    const Task first = make_task(training_.data, 1);
    if (!first.classes) {
      throw Error(ErrorKind::value,
                  "compare: the target of " + training_.data + " is a number, not a class");
    }
    training_.require_known(initializers, rules);
    for (const std::string& name : initializers) {
      for (const std::string& rule : rules) training_.learner(first, name, rule, 1);
    }

    JsonLines lines(json_);
    const bool one = seeds_ == 1;
    std::FILE* const out = lines.human();
    say(out,
        fmt::format("{} on {}, {} epoch{}, batch {}: dev accuracy{}\n\n", training_.model,
                    training_.data, training_.epochs, training_.epochs == 1 ? "" : "s",
                    training_.batch,
                    one ? " of seed 1" : fmt::format(", mean and deviation of {} seeds", seeds_)));
    say(out, fmt::format("{:<18}", ""));
    for (const std::string& rule : rules) say(out, fmt::format(" {:>17}", rule));
    for (const std::string& initializer : initializers) {
      say(out, fmt::format("\n{:<18}", initializer));
      for (const std::string& rule : rules) {
        say(out, fmt::format(" {:>17}", pair(initializer, rule, lines)));
      }
    }
    say(out, "\n");
    for (const std::string& failure : failures_) say(stderr, "attune: " + failure + "\n");
    return lines.complete() && failures_.empty() ? 0 : 1;
  }

 private:
  static std::vector<std::string> rules_of(const std::vector<std::string>& given) {
    if (given.empty()) return {"sgd", "momentum", "rmsprop", "adam"};
    std::vector<std::string> rules;
    for (const std::string& name : given) {
      if (name.ends_with(".so")) {
        const auto loaded = load_rules({name});
        if (loaded.empty()) {
          throw Error(ErrorKind::value,
                      "--optimizers " + name + ": it holds no optimizer: give it to --plugin");
        }
        rules.insert(rules.end(), loaded.begin(), loaded.end());
      } else {
        rules.push_back(name);
      }
    }
    return rules;
  }

  // The cell of the table. A run whose numbers explode is a result too; a rule that throws fails
  // alone.
  std::string pair(const std::string& initializer, const std::string& rule, JsonLines& lines) {
    std::vector<double> figures, losses;
    std::string failure;
    bool diverged = false;
    for (std::int64_t seed = 1; seed <= seeds_ && failure.empty(); ++seed) {
      try {
        const auto epoch = last_epoch(initializer, rule, static_cast<std::uint64_t>(seed));
        figures.push_back(epoch.dev_metric);
        losses.push_back(epoch.dev_loss);
      } catch (const Error& error) {
        diverged = error.kind() == ErrorKind::numeric;
        if (!diverged && error.kind() != ErrorKind::plugin) throw;
        failure = error.what();
      }
    }
    Json::Object object{{"initializer", initializer}, {"optimizer", rule}, {"seeds", seeds_}};
    if (!failure.empty()) {
      object.emplace_back("failed", failure);
      lines.write(object);
      if (diverged) return "diverged";
      failures_.push_back(fmt::format("{} with {}: {}", rule, initializer, failure));
      return "failed";
    }
    const Spread figure = spread_of(figures), loss = spread_of(losses);
    object.emplace_back("dev_accuracy", figure.mean);
    object.emplace_back("dev_accuracy_deviation", figure.deviation);
    object.emplace_back("dev_loss", loss.mean);
    object.emplace_back("dev_loss_deviation", loss.deviation);
    lines.write(object);
    if (figures.size() == 1) return fmt::format("{:.4f}", figure.mean);
    return fmt::format("{:.4f} +- {:.4f}", figure.mean, figure.deviation);
  }

  EpochFigures last_epoch(const std::string& initializer, const std::string& rule,
                          std::uint64_t seed) const {
    const Task task = make_task(training_.data, seed);
    auto [network, optimizer] = training_.learner(task, initializer, rule, seed);
    const History history = fit(network, optimizer, task.parts.train,
                                {.epochs = static_cast<int>(training_.epochs),
                                 .batch = training_.batch,
                                 .dev = &task.parts.dev,
                                 .seed = seed,
                                 .progress = Progress::none});
    return history.epochs.back();
  }

  Training training_{.data = "digits", .model = "mlp:64", .epochs = 5, .batch = 32};
  std::string json_;
  std::vector<std::string> initializers_, optimizers_, plugins_;
  std::int64_t seeds_ = 1;
  std::vector<std::string> failures_;  // of rules, in the order of the table
};

const Added<CompareCommand> added("compare");

}  // namespace
}  // namespace attune::tools
