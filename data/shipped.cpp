// Digits and breast cancer, the files of data/sets.
#include "attune/data/shipped.hpp"

#include "attune/data/readers.hpp"
#include "core/fail.hpp"
#include "data/folders.hpp"

namespace attune::data {

namespace {

std::string shipped(const char* operation, const std::string& file) {
  const std::vector<std::string> folders = internal::data_folders();
  std::string path = internal::find_file(folders, file);
  if (path.empty()) {
    attune::internal::fail(ErrorKind::io, operation,
                           "{} is in none of the folders {}: name the one that has it in "
                           "ATTUNE_DATA_PATH",
                           file, internal::joined(folders));
  }
  return path;
}

// A file of the same name in ATTUNE_DATA_PATH may be another table.
Set checked(const char* operation, const std::string& path, Set set, std::int64_t samples,
            std::int64_t features, std::int64_t classes) {
  const Shape& sample = set.fields()[0].shape;
  if (set.size() != samples || sample != Shape{features} || set.classes() != classes) {
    attune::internal::fail(
        ErrorKind::format, operation,
        "{} has {} samples of shape {} in {} classes; {} of [{}] in {} expected: "
        "is it another table? (data::csv reads any)",
        path, set.size(), sample, set.classes(), samples, features, classes);
  }
  return set;
}

}  // namespace

std::string digits_file() { return shipped("digits", "digits.csv.gz"); }

std::string breast_cancer_file() { return shipped("breast_cancer", "breast_cancer.csv"); }

Set digits(DType dtype) {
  Names names;
  for (int digit = 0; digit < 10; ++digit) names.classes.push_back(std::to_string(digit));
  for (int row = 0; row < 8; ++row) {
    for (int column = 0; column < 8; ++column) {
      names.features.push_back("pixel_" + std::to_string(row) + "_" + std::to_string(column));
    }
  }
  const std::string file = digits_file();
  return checked("digits", file, csv(file, {.header = false, .dtype = dtype}), 1797, 64, 10)
      .with_names(std::move(names));
}

Set breast_cancer(DType dtype) {
  Names names{{"malignant", "benign"}, {}};
  for (const char* figure : {"mean", "error of", "worst"}) {
    for (const char* feature :
         {"radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
          "concave points", "symmetry", "fractal dimension"}) {
      names.features.push_back(std::string(figure) + " " + feature);
    }
  }
  // The first line is no table: it counts, and names the classes.
  const std::string file = breast_cancer_file();
  return checked("breast_cancer", file,
                 csv(file, {.header = false, .skip_lines = 1, .dtype = dtype}), 569, 30, 2)
      .with_names(std::move(names));
}

}  // namespace attune::data
