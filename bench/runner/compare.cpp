// Runs the programs in turn and makes the table.
#include "bench/runner/compare.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <stdexcept>
#include <system_error>

#include "bench/runner/cores.hpp"
#include "bench/runner/peers.hpp"
#include "bench/runner/rounds.hpp"
#include "bench/runner/table.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;

class Comparison {
 public:
  Comparison(const Options& options, const std::string& json) : options_(options), file_(json) {
    if (json.empty()) return;
    errno = 0;
    json_.open(json);
    require_written();
  }

  int run() {
    const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
    const Program attune = own_program(folder);
    for (const std::string& text : options_.with) peers_.push_back(given_peer(text));
    if (options_.with.empty() && !options_.alone) peers_ = built_peers(folder);
    const std::vector<Group> groups = chosen(attune);
    begin();
    for (const Peer& peer : peers_)
      if (!peer.failure.empty() && peer.families.empty()) keep(failed_row("--list", peer, 1), true);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      for (const int threads : options_.threads) do_group(attune, groups[i], threads);
      const std::string family = family_of(groups[i].works[0]);
      if (i + 1 == groups.size() || family_of(groups[i + 1].works[0]) != family) end_family(family);
    }
    return end();
  }

 private:
  // The works that the filter leaves, those of a family that run together in one group.
  std::vector<Group> chosen(const Program& attune) const {
    std::vector<Group> groups;
    std::string families;  // works of one stand together
    bool fits = false;
    for (const auto& [work, together, detail] : attune.works) {
      if (const std::string family = family_of(work); !families.ends_with(" " + family))
        families += " " + family;
      if (detail && !options_.details) continue;
      if (!std::regex_search(work, options_.filter)) continue;
      fits = true;
      if (!options_.with.empty() && !has_peer(work)) continue;
      if (together && !groups.empty() && groups.back().together &&
          family_of(groups.back().works[0]) == family_of(work))
        groups.back().works.push_back(work);
      else
        groups.push_back({{work}, together});
    }
    if (!fits)
      throw std::runtime_error("no work fits --filter; their names begin with one of:" + families);
    // A peer of --with that does not say its works has a failed row, and is told by it.
    if (groups.empty() && std::ranges::all_of(peers_, &std::string::empty, &Peer::failure))
      throw std::runtime_error("no peer of --with has a work that fits --filter");
    // What is left of a family by the filter has the time of a work of its own.
    for (Group& group : groups) group.together = group.together && group.works.size() > 1;
    return groups;
  }

  static Row failed_row(const std::string& work, const Peer& peer, int threads) {
    Row row{.work = work, .peer = peer.program.library, .threads = threads};
    row.failure = peer.failure;
    return row;
  }

  bool has_peer(const std::string& work) const {
    return std::ranges::any_of(peers_, [&](const Peer& peer) { return peer.has(work); });
  }

  void begin() {
    const std::string now = fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(std::time(nullptr)));
    const auto clock = options_.clock == ClockKind::wall ? "wall-clock" : "processor";
    say(fmt::format("{}, load {:.1f}, {}; {} time, medians of {} pairs, ratio: peer / attune",
                    machine(), load(), now, clock, options_.pairs));
    write(about(now, clock));
    const auto asked = [&](int threads) { return std::ranges::count(options_.threads, threads); };
    if (!asked(1) || !asked(2)) say("bars of scaling are not judged: they need --threads 1,2");
    for (const int threads : options_.threads) {
      limits_[threads] = measure_limits(threads, options_.seconds == 0);
      fmt::print("{}", text(limits_[threads]));
      write(json_of(limits_[threads]));
    }
    say(header());
  }

  void do_group(const Program& attune, const Group& group, int threads) {
    std::vector<const Peer*> present;
    for (const Peer& peer : peers_) {
      if (!peer.failure.empty()) {
        for (const std::string& work : group.works)
          if (peer.has(work)) keep(failed_row(work, peer, threads), true);
      } else if (std::ranges::any_of(group.works,
                                     [&](const auto& work) { return peer.has(work); })) {
        present.push_back(&peer);
      }
    }
    Rounds rounds(options_, attune, present, group, threads);
    std::vector<Row> rows;
    try {
      // Alone there is no ratio to be unsure of.
      rounds.run(present.empty() ? std::min(options_.pairs, 3) : options_.pairs);
      rows = rows_of(rounds, group, threads);
      if (options_.pairs >= 7 && close_to_a_bar(rows)) {
        rounds.run(2 * options_.pairs + 1);
        rows = rows_of(rounds, group, threads);
      }
    } catch (const ProgramFailed& error) {
      Row row{.work = group.works[0], .threads = threads};
      row.failure = error.what();
      keep(row, true);
      return;
    }
    for (const auto& [name, samples] : rounds.own_samples()) compare_bits(name, samples, rows);
    std::vector<Row>& family = families_[threads];
    for (const Row& row : rows) {
      if (row.drawn) continue;  // said at the family's end
      if (threads == 1) singles_[row.work] = row.attune_s;
      const bool many = row.bars.mean > 0 || row.bars.low > 0;  // only what they show together
      keep(row, !group.together || !many || !row.failure.empty());
      family.push_back(row);
      if (const auto memory = memory_of(row)) keep(*memory, true);
    }
  }

  // With what they show together, where the family runs together.
  std::vector<Row> rows_of(const Rounds& rounds, const Group& group, int threads) const {
    std::vector<Row> rows = rounds.rows(limits_.at(threads), singles_);
    if (!group.together) return rows;
    const std::vector<Row> more = summaries(family_of(group.works[0]), rows);
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
    write(json_of(row));
    ++rows_;
    failed_ += row.failure.empty() ? 0 : 1;
    for (const Verdict& verdict : row.verdicts) ++(verdict.kept ? kept_ : missed_);
  }

  int end() {
    say(fmt::format("{} rows, {} failed; bars: {} kept, {} missed; load at the end: {:.1f}", rows_,
                    failed_, kept_, missed_, load()));
    return failed_ > 0 || (options_.strict && missed_ > 0) ? 1 : 0;
  }

  // Flushed line by line: what was measured before a run is broken off is kept, and a disk that is
  // full ends it at the first line, not after an hour.
  void write(const std::string& json) {
    if (!json_.is_open()) return;
    errno = 0;
    json_ << json << '\n' << std::flush;
    require_written();
  }

  // The stream itself does not say why; the system's last error does.
  void require_written() const {
    if (json_) return;
    throw std::runtime_error(
        fmt::format("--json {}: cannot be written{}{}; give a file in a folder that exists, on a "
                    "disk with room",
                    file_, errno ? ": " : "", errno ? std::generic_category().message(errno) : ""));
  }

  static void say(const std::string& text) {
    fmt::print("{}\n", text);
    std::fflush(stdout);
  }

  const Options& options_;
  std::string file_;  // of --json, "" for none
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
