// attune train: a model on a set of data, from the command line.
#include <attune/model_io.hpp>
#include <attune/ops/loss.hpp>
#include <attune/threads.hpp>
#include <attune/train.hpp>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

#include "tools/command.hpp"
#include "tools/json.hpp"
#include "tools/task.hpp"

namespace attune::tools {
namespace {

// A run of hours must not end at a folder that is not there.
void require_writable(const std::string& path) {
  if (path.empty()) return;
  const auto folder = std::filesystem::absolute(path).parent_path();
  if (access(folder.c_str(), W_OK) != 0 || std::filesystem::is_directory(path)) {
    throw Error(ErrorKind::io, path + ": cannot be written: no such folder, or no right to write");
  }
}

class TrainCommand final : public Command {
 public:
  std::string summary() const override { return "Train a model, and test it"; }
  std::string examples() const override {
    return "  attune train --data digits --model mlp:64 --epochs 20 --save digits.safetensors\n"
           "  attune train --data fashion-mnist --model cnn:32,64 --set lr=1e-3 --epochs 3\n"
           "  attune train --data csv:table.csv --model logistic --optimizer sgd --set lr=0.1\n"
           "  attune train --data digits --model mlp:64 --plugin lion.so --optimizer lion\n"
           "A long run that may be killed, and goes on with the same line:\n"
           "  attune train --data fashion-mnist --checkpoint run.ckpt --every 5min "
           "--resume run.ckpt\n"
           "What there is: attune list data|models|optimizers|initializers";
  }

  void declare(Arguments& a) override {
    a.option("--data", data_, "set of data; see: attune list data");
    a.option("--model", model_, "network; see: attune list models");
    a.option("--optimizer", optimizer_, "update rule; see: attune list optimizers");
    a.option("--set", settings_, "option of the optimizer, NAME=VALUE; see: attune show optimizer");
    a.option("--init", initializer_, "initializer of the weights; see: attune list initializers");
    a.option("--init-set", initializer_settings_, "option of the initializer, NAME=VALUE");
    a.option("--epochs", epochs_, "passes over the training part");
    a.option("--batch", batch_, "samples a step");
    a.option("--patience", patience_,
             "stop after so many epochs without a better dev figure; 0: never");
    a.option("--seed", seed_, "of the split, the weights and the order of samples");
    a.option("--threads", threads_, "threads to compute on; 0: one a core");
    a.option("--plugin", plugins_, "file to load rules and initializers from");
    a.option("--save", save_, "file for the trained weights (safetensors)");
    a.option("--checkpoint", checkpoint_, "file for what a resumed run needs");
    a.option("--every", every_, "how often to write it: steps, or a time such as 30s, 5min");
    a.option("--resume", resume_,
             "checkpoint to go on from, and to write to unless --checkpoint names another; where "
             "there is none yet, the run begins");
    a.option("--json", json_, "write one object per epoch, and one at the end (- for stdout)");
  }

  int run() override {
    if (epochs_ < 1 || seed_ < 0) {
      throw Error(ErrorKind::value, "--epochs must be at least 1, --seed at least 0");
    }
    const auto start = std::chrono::steady_clock::now();
    if (threads_ != 0) attune::threads(static_cast<int>(threads_));
    require_writable(save_);
    require_writable(checkpoint_);
    load_rules(plugins_);
    const Every every = Every::parse(every_);
    const std::string checkpoint = prepare_checkpoint();

    const auto seed = static_cast<std::uint64_t>(seed_);
    const Task task = make_task(data_, seed);
    Network network = make_network(model_, task);
    initialize(params(network), initializer_, {.seed = seed}, to_options(initializer_settings_));
    auto optimizer = optim::make(optimizer_, params(network), to_options(settings_));
    JsonLines lines(json_);
    fmt::print(human(), "{} on {}: {} parameters, {} / {} / {} samples to train, dev and test\n",
               model_, data_, parameter_count(network), task.parts.train.size(),
               task.parts.dev.size(), task.parts.test.size());
    std::fflush(human());

    const History history =
        fit(network, optimizer, task.parts.train,
            {.epochs = static_cast<int>(epochs_),
             .batch = batch_,
             .dev = &task.parts.dev,
             .patience = static_cast<int>(patience_),
             .seed = seed,
             .checkpoint = checkpoint,
             .every = every,
             .resume = !resume_.empty(),
             .on_epoch = [&](EpochFigures& epoch) { write(lines, task, epoch); }});
    finish(task, network, history, lines, start);
    return 0;
  }

 private:
  // Where the text for people goes: not between the lines of JSON.
  std::FILE* human() const { return json_ == "-" ? stderr : stdout; }

  std::string prepare_checkpoint() const {
    if (resume_.empty()) return checkpoint_;
    const bool exists = std::filesystem::exists(resume_);
    if (!exists) fmt::print(stderr, "{}: there is no checkpoint yet: the run begins\n", resume_);
    if (checkpoint_.empty() || checkpoint_ == resume_) return resume_;
    if (exists) {
      std::filesystem::copy_file(resume_, checkpoint_,
                                 std::filesystem::copy_options::overwrite_existing);
    }
    return checkpoint_;
  }

  static void write(JsonLines& lines, const Task& task, const EpochFigures& epoch) {
    Json::Object object{{"event", "epoch"},
                        {"epoch", epoch.epoch},
                        {"train_loss", epoch.train_loss},
                        {"dev_loss", epoch.dev_loss}};
    if (task.classes) object.emplace_back("dev_accuracy", epoch.dev_metric);
    object.emplace_back("seconds", epoch.seconds);
    object.emplace_back("samples_per_second", epoch.samples_per_second);
    lines.write(object);
  }

  void finish(const Task& task, const Network& network, const History& history, JsonLines& lines,
              std::chrono::steady_clock::time_point start) const {
    const Loss loss = task.classes ? Loss(cross_entropy) : Loss(mse_loss);
    const double test_loss = evaluate(network, task.parts.test, MeanLoss{loss});
    std::optional<double> test_accuracy;
    if (task.classes) test_accuracy = evaluate(network, task.parts.test, accuracy);
    if (!save_.empty()) save(network, save_);
    const std::string digest = weights_digest(network);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

    if (history.stopped_early)
      fmt::print(human(), "stopped early; best epoch {}\n", history.best_epoch);
    if (test_accuracy) fmt::print(human(), "test accuracy {:.4f}\n", *test_accuracy);
    fmt::print(human(), "test loss     {:.6f}\nweights       {}\ntime          {:.1f} s\n",
               test_loss, digest, seconds);
    if (!save_.empty()) fmt::print(human(), "saved to      {}\n", save_);
    lines.write({{"event", "done"},
                 {"test_accuracy", test_accuracy},
                 {"test_loss", test_loss},
                 {"parameters", parameter_count(network)},
                 {"seconds", seconds},
                 {"weights_digest", digest}});
  }

  std::string data_ = "fashion-mnist", model_ = "mlp:128", optimizer_ = "adam",
              initializer_ = "he_normal", save_, checkpoint_, every_ = "1min", resume_, json_;
  std::vector<std::string> settings_, initializer_settings_, plugins_;
  std::int64_t epochs_ = 3, batch_ = 128, patience_ = 0, seed_ = 1, threads_ = 0;
};

const Added<TrainCommand> added("train");

}  // namespace
}  // namespace attune::tools
