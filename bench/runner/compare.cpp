// Runs the programs in turn and makes the table.
#include "bench/runner/compare.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>

#include "bench/runner/cores.hpp"
#include "bench/runner/table.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* own = "attune";
constexpr const char* remedy = "scripts/bench.sh installs and builds it";

std::string family_of(const std::string& work) { return work.substr(0, work.find('/')); }
bool together(const std::string& work) { return work.ends_with('/'); }

struct Peer {
  Program program;
  bool missing = false;
  std::vector<std::string> families;  // of a missing program, from its sources

  bool has(const std::string& work) const {
    return missing ? std::ranges::count(families, family_of(work)) > 0
                   : std::ranges::count(program.works, work) > 0;
  }
};

Program own_program(const fs::path& folder) {
  const fs::path file = folder / "steps_attune";
  if (!fs::exists(file))
    throw std::runtime_error(file.string() + " is not built: scripts/bench.sh builds it");
  Program program{own, {file.string()}, false, {}};
  program.works = works_of(program.command);
  std::ranges::stable_sort(program.works, {}, family_of);
  return program;
}

// A folder of bench/steps is a library, a file of it a family of works.
std::vector<Peer> built_peers(const fs::path& folder) {
  std::vector<Peer> peers;
  for (const auto& entry : fs::directory_iterator(ATTUNE_BENCH_STEPS)) {
    const std::string library = entry.path().filename();
    if (!entry.is_directory() || library == own) continue;
    Peer peer{{library, {(folder / ("steps_" + library)).string()}, false, {}}, false, {}};
    peer.missing = !fs::exists(peer.program.command[0]);
    if (peer.missing) {
      for (const auto& source : fs::directory_iterator(entry))
        peer.families.push_back(source.path().stem());
    } else {
      peer.program.works = works_of(peer.program.command);
    }
    peers.push_back(std::move(peer));
  }
  std::ranges::sort(peers, {}, [](const Peer& peer) { return peer.program.library; });
  return peers;
}

// "NAME=COMMAND with words".
Peer given_peer(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals + 1 == text.size())
    throw std::runtime_error("--with " + text + ": expected NAME=COMMAND");
  Peer peer{{text.substr(0, equals), {}, true, {}}, false, {}};
  for (std::size_t begin = equals + 1; begin < text.size();) {
    const auto end = std::min(text.find(' ', begin), text.size());
    if (end > begin) peer.program.command.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  peer.program.works = works_of(peer.program.command);
  return peer;
}

// A work, or a family that runs together, at one number of threads: samples by library and work.
class Rounds {
 public:
  Rounds(const Options& options, const Program& attune, const std::vector<const Peer*>& peers,
         const std::string& work, int threads)
      : options_(options), work_(work), threads_(threads) {
    sides_.push_back({&attune});
    for (const Peer* peer : peers) sides_.push_back({&peer->program});
  }

  // Until there are `count` of each. What attune fails at is thrown, a peer's failure is kept.
  void run(int count) {
    for (; done_ < count; ++done_) {
      for (std::size_t i = 0; i < sides_.size(); ++i)
        once(sides_[done_ % 2 == 0 ? i : sides_.size() - 1 - i]);
    }
  }

  std::vector<Row> rows(const Limits& limits, const std::map<std::string, double>& singles) const {
    std::vector<Row> all;
    const Side& attune = sides_.front();
    for (const std::string& work : attune.order) {
      std::vector<Row> rows;
      if (sides_.size() == 1)
        rows.push_back(row_of(attune.samples.at(work), {}, threads_, options_.clock, limits));
      for (std::size_t i = 1; i < sides_.size(); ++i) {
        const Side& peer = sides_[i];
        const auto found = peer.samples.find(work);
        const bool failed = !peer.failure.empty();
        if (!failed && found == peer.samples.end()) continue;
        rows.push_back(row_of(attune.samples.at(work), failed ? Samples{} : found->second, threads_,
                              options_.clock, limits));
        if (failed) {
          rows.back().peer = peer.program->library;
          rows.back().failure = peer.failure;
        }
      }
      const auto single = singles.find(work);
      judge(rows, single == singles.end() ? std::nullopt : std::optional(single->second));
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  }

  const std::map<std::string, Samples>& own_samples() const { return sides_.front().samples; }

 private:
  struct Side {
    const Program* program;
    std::unique_ptr<Run> standing = {};
    std::map<std::string, Samples> samples = {};
    std::vector<std::string> order = {};  // of its works
    std::string failure = {};
  };

  void once(Side& side) {
    if (!side.failure.empty()) return;
    try {
      auto run = std::move(side.standing);
      if (!run) run = std::make_unique<Run>(*side.program, work_, threads_, options_.seconds);
      for (Sample& sample : run->samples()) {
        Samples& of = side.samples[sample.work];
        if (of.empty()) side.order.push_back(sample.work);
        of.push_back(std::move(sample));
      }
      if (side.program->stays) side.standing = std::move(run);
    } catch (const ProgramFailed& failed) {
      if (side.program->library == own) throw;
      side.failure = failed.what();
    }
  }

  const Options& options_;
  std::string work_;
  int threads_, done_ = 0;
  std::vector<Side> sides_;
};

class Comparison {
 public:
  Comparison(const Options& options, const std::string& json) : options_(options) {
    if (json.empty()) return;
    json_.open(json);
    if (!json_) throw std::runtime_error("--json " + json + ": cannot be written");
  }

  int run() {
    const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
    const Program attune = own_program(folder);
    for (const std::string& text : options_.with) peers_.push_back(given_peer(text));
    if (options_.with.empty() && !options_.alone) peers_ = built_peers(folder);
    std::vector<std::string> works;
    for (const std::string& work : attune.works)
      if (std::regex_search(work, options_.filter) &&
          (options_.with.empty() || !peers_of(work).empty()))
        works.push_back(work);
    if (works.empty()) {
      std::string all;
      for (const std::string& work : attune.works) all += " " + work;
      throw std::runtime_error("no work fits --filter; there are:" + all);
    }
    begin();
    for (std::size_t i = 0; i < works.size(); ++i) {
      for (const int threads : options_.threads) do_work(attune, works[i], threads);
      if (i + 1 == works.size() || family_of(works[i + 1]) != family_of(works[i]))
        end_family(family_of(works[i]));
    }
    return end();
  }

 private:
  std::vector<const Peer*> peers_of(const std::string& work) const {
    std::vector<const Peer*> found;
    for (const Peer& peer : peers_)
      if (peer.has(work)) found.push_back(&peer);
    return found;
  }

  void begin() {
    const std::string now = fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(std::time(nullptr)));
    const auto clock = options_.clock == ClockKind::wall ? "wall-clock" : "processor";
    say(fmt::format("{}, load {:.1f}, {}; {} time, medians of {} pairs, ratio: peer / attune",
                    machine(), load(), now, clock, options_.pairs));
    if (json_.is_open()) json_ << about(now, clock) << '\n';
    for (const int threads : options_.threads) {
      limits_[threads] = measure_limits(threads, options_.seconds == 0);
      fmt::print("{}", text(limits_[threads]));
      if (json_.is_open()) json_ << json_of(limits_[threads]) << '\n';
    }
    say(header());
  }

  void do_work(const Program& attune, const std::string& work, int threads) {
    std::vector<const Peer*> present;
    for (const Peer* peer : peers_of(work)) {
      if (!peer->missing) {
        present.push_back(peer);
      } else {
        Row row{.work = work, .peer = peer->program.library, .threads = threads};
        row.failure = row.peer + " is missing: " + remedy;
        keep(row, true);
      }
    }
    Rounds rounds(options_, attune, present, work, threads);
    std::vector<Row> rows;
    try {
      // Alone there is no ratio to be unsure of.
      rounds.run(present.empty() ? std::min(options_.pairs, 3) : options_.pairs);
      rows = rows_of(rounds, work, threads);
      if (options_.pairs >= 7 && close_to_a_bar(rows)) {
        rounds.run(2 * options_.pairs + 1);
        rows = rows_of(rounds, work, threads);
      }
    } catch (const ProgramFailed& error) {
      Row row{.work = work, .threads = threads};
      row.failure = error.what();
      keep(row, true);
      return;
    }
    for (const auto& [name, samples] : rounds.own_samples()) compare_bits(name, samples, rows);
    std::vector<Row>& family = families_[threads];
    for (const Row& row : rows) {
      if (row.drawn) continue;  // said at the family's end
      if (threads == 1) singles_[row.work] = row.attune_s;
      keep(row, !together(work) || !row.failure.empty());
      family.push_back(row);
      if (const auto memory = memory_of(row)) keep(*memory, true);
    }
  }

  // With what they show together, where the family runs together.
  std::vector<Row> rows_of(const Rounds& rounds, const std::string& work, int threads) const {
    std::vector<Row> rows = rounds.rows(limits_.at(threads), singles_);
    if (!together(work)) return rows;
    const std::vector<Row> more = summaries(family_of(work), rows);
    rows.insert(rows.end(), more.begin(), more.end());
    return rows;
  }

  // The same bits in every run, at any number of threads.
  void compare_bits(const std::string& work, const Samples& samples, std::vector<Row>& rows) {
    const auto& first = results_.try_emplace(work, samples.front().result).first->second;
    if (std::ranges::all_of(samples, [&](const Sample& one) { return one.result == first; }))
      return;
    for (Row& row : rows)
      if (row.work == work) row.failure = "attune's result is not the same in every run";
  }

  void end_family(const std::string& family) {
    for (const int threads : options_.threads)
      for (const Row& row : summaries(family, families_[threads])) keep(row, true);
    families_.clear();
  }

  void keep(const Row& row, bool shown) {
    if (shown) say(line(row));
    if (json_.is_open()) json_ << json_of(row) << '\n' << std::flush;
    ++rows_;
    failed_ += row.failure.empty() ? 0 : 1;
    for (const Verdict& verdict : row.verdicts) ++(verdict.kept ? kept_ : missed_);
  }

  int end() {
    say(fmt::format("{} rows, {} failed; bars: {} kept, {} missed; load at the end: {:.1f}", rows_,
                    failed_, kept_, missed_, load()));
    return failed_ > 0 || (options_.strict && missed_ > 0) ? 1 : 0;
  }

  static void say(const std::string& text) {
    fmt::print("{}\n", text);
    std::fflush(stdout);
  }

  const Options& options_;
  std::ofstream json_;
  std::vector<Peer> peers_;
  std::map<int, Limits> limits_;              // by threads
  std::map<int, std::vector<Row>> families_;  // by threads, of the family that is being run
  std::map<std::string, double> singles_;     // attune's times at one thread
  std::map<std::string, std::vector<double>> results_;  // attune's first
  int rows_ = 0, failed_ = 0, kept_ = 0, missed_ = 0;
};

}  // namespace

int compare(const Options& options, const std::string& json) {
  return Comparison(options, json).run();
}

}  // namespace bench
