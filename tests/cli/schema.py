#!/usr/bin/env python3
"""docs/recipe.schema.json: every example is valid by it, wrong recipes are not, and its keys are those
that src/cli/recipe.c knows. Uses the package jsonschema where it is; else the few words of JSON Schema
that the file uses."""
import copy
import glob
import json
import os
import re
import sys

ROOT = os.environ["MICA_SOURCE"]
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
         "integer": int, "number": (int, float)}


def of_type(value, name):
    return isinstance(value, TYPES[name]) and not (name in ("integer", "number") and isinstance(value, bool))


def valid(value, schema, root):
    if "$ref" in schema:
        target = root
        for part in schema["$ref"][2:].split("/"):
            target = target[part]
        if not valid(value, target, root):
            return False
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(of_type(value, t) for t in types):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "anyOf" in schema and not any(valid(value, s, root) for s in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(valid(value, s, root) for s in schema["oneOf"]) != 1:
        return False
    if of_type(value, "number") and not (value >= schema.get("minimum", value)
                                         and value <= schema.get("maximum", value)
                                         and value > schema.get("exclusiveMinimum", value - 1)
                                         and value < schema.get("exclusiveMaximum", value + 1)):
        return False
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            return False
        return all(valid(v, schema.get("items", {}), root) for v in value)
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
            return False
        if any(key not in value for key in schema.get("required", [])):
            return False
        return all(valid(v, known[k], root) if k in known
                   else others is not False and (others is True or valid(v, others, root))
                   for k, v in value.items())
    return True


def words_of(array, source):
    """Of an array of names in C, or of the macro that it is."""
    value = re.search(rf" {array}\[\] = (.*?);", source, re.S).group(1)
    if value.isidentifier():
        headers = "".join(open(path, encoding="utf-8").read() for path in glob.glob(os.path.join(ROOT, "src/transform/*.h")))
        value = re.search(rf"#define {value}\b(?:.*?\\\n)*.*", headers).group(0)
    return re.findall(r'"([^"]+)"', value)


def cleaning(clean):
    """data.clean and its rules are the fields of clean_table.c, with the choices of each."""
    with open(os.path.join(ROOT, "src/data/clean_table.c"), encoding="utf-8") as file:
        source = file.read()
    fields = {name: dict(re.findall(r"\(OWNER, (\w+),(.*?)\)[,;]\n", re.search(name + r"\[\] = \{(.*?)END_OF_FIELDS", source, re.S).group(1)))
              for name in ("clean_fields", "table_fields")}
    rules = clean["rules"]["additionalProperties"]["properties"]
    faults = []
    for where, listed, known in (("rules", rules, fields["clean_fields"]),
                                 ("clean", clean, {**fields["clean_fields"], **fields["table_fields"]})):
        if set(listed) != set(known):
            faults.append(f"data.clean, {where}: clean_table.c and the schema differ in {set(listed) ^ set(known)}")
        for name in set(listed) & set(known):
            choices = re.search(r"\.choices = (\w+)", known[name])
            if choices and words_of(choices.group(1), source) != listed[name]["enum"]:
                faults.append(f"data.clean, {where}: {name}: clean_table.c and the schema differ")
    faults += [f"data.clean: {name} is another one in rules" for name in rules if rules[name] != clean.get(name)]
    return faults


def main():
    with open(os.path.join(ROOT, "docs/recipe.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    checks = [lambda recipe: valid(recipe, schema, schema)]
    try:
        import jsonschema
        jsonschema.Draft202012Validator.check_schema(schema)
        checks.append(jsonschema.Draft202012Validator(schema).is_valid)
    except ImportError:
        pass
    faults = []
    examples = glob.glob(os.path.join(ROOT, "examples/**/*recipe*.json"), recursive=True)
    assert examples, "no examples"
    recipes = [json.load(open(path, encoding="utf-8")) for path in examples]
    for check in checks:
        faults += [f"{path} is not valid" for path, recipe in zip(examples, recipes) if not check(recipe)]
        for path, value in ((("fit", "epochs"), 0), (("fit", "epoch"), 3), (("model", "layers"), []), (("output",), 3),
                            (("data", "validation_split"), 1), (("data", "validation_split"), {"fraction": 0}),
                            (("data", "resample"), "above"), (("data", "resample"), {"ratio": 2}),
                            (("data", "resample"), {"counts": {"0": 0}}), (("fit", "class_weight"), "balance"), (("data", "tests"), "x"), (("compile", "optimizer"), 3),
                            (("compile", "optimizer"), {"class_name": "Adam", "learning_rate": 0.01})):
            wrong = copy.deepcopy(recipes[0])
            place = wrong
            for key in path[:-1]:
                place = place.setdefault(key, {})
            place[path[-1]] = value
            if check(wrong):
                faults.append(f"{'.'.join(path)} = {value!r} is taken for valid")

    # The recipe that the READMEs show is the one that the tree ships.
    with open(os.path.join(ROOT, "examples/image_folder/recipe.json"), encoding="utf-8") as file:
        shipped = json.load(file)
    for name in ("README.md", "README.zh.md"):
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            shown = re.search(r"```json\n(.*?)\n```", file.read(), re.S).group(1)
        if json.loads(shown) != shipped:
            faults.append(f"{name}: its recipe is not examples/image_folder/recipe.json")
    rows = copy.deepcopy(recipes[0])
    rows["data"] = {"train": "x", "validation_split": {"fraction": 0.2, "stratify": True}, "resample": "smote"}
    rows.setdefault("fit", {})["class_weight"] = "balanced"
    if not all(check(rows) for check in checks):
        faults.append("a stratified split, resampling and balanced classes are not valid")
    table = copy.deepcopy(recipes[0])
    table["model"] = {"features": {"age": "float_normalized", "day": {"integer_hashed": {"num_bins": 9}}}, "layers": ["Flatten"]}
    if not all(check(table) for check in checks):
        faults.append("a model of features is not valid")
    del table["model"]["features"]
    if any(check(table) for check in checks):
        faults.append("a model without input and features is valid")
    short = copy.deepcopy(recipes[0])
    short["compile"]["optimizer"] = {"adam": {"learning_rate": 0.01}}
    if not all(check(short) for check in checks):
        faults.append("a short form of the optimizer is not valid")

    with open(os.path.join(ROOT, "src/cli/recipe.c"), encoding="utf-8") as file:
        source = file.read()
    tables = {"top_keys": schema, "data_keys": schema["properties"]["data"]["oneOf"][1],
              "fit_keys": schema["properties"]["fit"]}
    for name, part in tables.items():
        listed = set(re.findall(r'"([^"]+)"', re.search(name + r"\[\] = \{(.*?)\}", source, re.S).group(1)))
        if listed != set(part["properties"]):
            faults.append(f"{name}: recipe.c and the schema differ in {listed ^ set(part['properties'])}")
    faults += cleaning(schema["properties"]["data"]["oneOf"][1]["properties"]["clean"]["properties"])
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
