// Runs in turn, forwards and backwards, and what comes of them.
#include "bench/runner/rounds.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace bench {

Rounds::Rounds(const Options& options, const Program& attune, const std::vector<const Peer*>& peers,
               const Group& group, int threads)
    : options_(options),
      seconds_(options.seconds / (group.together ? 100 : 1)),
      threads_(threads),
      together_(group.together) {
  sides_.push_back({&attune, group.works});
  for (const Peer* peer : peers) {
    Side side{&peer->program, {}};
    for (const std::string& work : group.works)
      if (peer->has(work)) side.works.push_back(work);
    sides_.push_back(std::move(side));
  }
}

void Rounds::run(int count) {
  for (; done_ < count; ++done_) {
    for (std::size_t i = 0; i < sides_.size(); ++i)
      once(sides_[done_ % 2 == 0 ? i : sides_.size() - 1 - i]);
    if (const Amounts amounts = own_amounts(); amounts.bytes_read + amounts.bytes_written > 0)
      rates_.push_back(measure_rate(threads_, amounts, options_.seconds == 0));
  }
}

// Of a work that runs alone; of others the rates measured at the start must do.
Amounts Rounds::own_amounts() const {
  if (together_ || sides_.front().samples.empty()) return {};
  return amounts_of(sides_.front().samples.begin()->second.front());
}

void Rounds::once(Side& side) {
  if (!side.failure.empty()) return;
  try {
    auto run = std::move(side.standing);
    if (!run) run = std::make_unique<Run>(*side.program, side.works, threads_, seconds_);
    for (Sample& sample : run->samples()) {
      if (std::ranges::count(side.works, sample.work) == 0)
        throw ProgramFailed(fmt::format("{} answered with \"{}\", which was not asked",
                                        side.program->library, sample.work));
      side.samples[sample.work].push_back(std::move(sample));
    }
    if (side.program->stays) side.standing = std::move(run);
  } catch (const ProgramFailed& failed) {
    if (side.program->library == own_name) throw;
    side.failure = failed.what();
  }
}

// One for each peer that has the work; of attune alone where there is none.
std::vector<Row> Rounds::rows_of(const std::string& work, const Limits& limits) const {
  std::vector<Row> rows;
  const Samples& own = sides_.front().samples.at(work);
  const auto row = [&](const Samples& of_peer) {
    return row_of(own, of_peer, threads_, options_.clock, limits, rates_);
  };
  if (sides_.size() == 1) rows.push_back(row({}));
  for (std::size_t i = 1; i < sides_.size(); ++i) {
    const Side& peer = sides_[i];
    const auto found = peer.samples.find(work);
    const bool failed = !peer.failure.empty();
    if (!failed && found == peer.samples.end()) continue;
    rows.push_back(row(failed ? Samples{} : found->second));
    if (failed) {
      rows.back().peer = peer.program->library;
      rows.back().failure = peer.failure;
    }
  }
  return rows;
}

std::vector<Row> Rounds::rows(const Limits& limits,
                              const std::map<std::string, double>& singles) const {
  std::vector<Row> all;
  for (const std::string& work : sides_.front().works) {
    std::vector<Row> rows = rows_of(work, limits);
    for (Row& row : rows) {
      if (options_.with.empty()) break;
      row.bars.ratio = std::min(row.bars.ratio, 1.0);  // the works' own are for the built peers
      row.bars.ratio_threads = std::min(row.bars.ratio_threads, 1.0);
      row.bars.memory = 0;
    }
    const auto single = singles.find(work);
    judge(rows, single == singles.end() ? std::nullopt : std::optional(single->second));
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace bench
