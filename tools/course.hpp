// The three experiments of a well-known course on improving deep networks, in f64: what they are
// and what they gave. Not the table that the command prints.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace attune::tools {

// What is known of a case. A figure without a tolerance is for reference only.
struct Published {
  double train_accuracy = 0;
  std::optional<double> test_accuracy = {};
  std::optional<double> final_cost = {};
  double cost_tolerance = 0;  // largest deviation of the cost
  bool binding = true;        // false: the case is printed without a verdict
};

struct CourseRow {
  std::string experiment, name;
  double train_accuracy = 0;
  std::optional<double> test_accuracy = {};  // one experiment has no test set
  double final_cost = 0;                     // mean over the training set, without a penalty
  double seconds = 0;
  Published published;
};

// Circles, 2-10-5-1, gradient descent for 15000 steps: where weights may start.
CourseRow initialization(const std::string& name);  // zeros, large, he
// Moons, 2-5-2-1, batches of 64, 10000 epochs: how an update rule moves.
CourseRow optimization(const std::string& name);  // gd, momentum, adam
// Few noisy samples, 2-20-3-1, gradient descent for 30000 steps: what holds overfitting back. The
// published figures are those of seed 0.
CourseRow regularization(const std::string& name, unsigned seed = 0);  // none, l2, dropout

struct CourseCase {
  CourseRow (*run)(const std::string& name);
  std::string experiment, name;
};
// All cases in the order of the table.
std::vector<CourseCase> course_cases();

// Whether the row is as published: accuracies exactly, to the digits printed, and the cost.
bool as_published(const CourseRow& row);

}  // namespace attune::tools
