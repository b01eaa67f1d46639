import { convert } from '../convert.ts'
import { Failure, invalidArgument } from '../failure.ts'
import type { Type } from '../type.ts'
import { bool, nullOf, type Val } from '../value.ts'
import { define, type FunctionTable, type TerraformFunction } from './define.ts'

function conversion(type: Type): TerraformFunction {
  return define(
    'v:any?~ -> any',
    ([value]) => {
      if (!value) return nullOf(type)
      try {
        return convert(value, type)
      } catch (error) {
        if (error instanceof Failure) throw invalidArgument(`Invalid value for "v" parameter: ${error.message}.`)
        throw error
      }
    },
    { shallow: true },
  )
}

function plain(value: Val): Val {
  return value.sensitive ? { ...value, sensitive: false } : value
}

export const types: FunctionTable = {
  tostring: conversion('string'),
  tonumber: conversion('number'),
  tobool: conversion('bool'),
  tolist: conversion({ kind: 'list', of: 'dynamic' }),
  toset: conversion({ kind: 'set', of: 'dynamic' }),
  tomap: conversion({ kind: 'map', of: 'dynamic' }),
  sensitive: define('value:any?~', ([value = nullOf('dynamic')]) => ({ ...value, sensitive: true }), { shallow: true }),
  nonsensitive: define('value:any?~', ([value = nullOf('dynamic')]) => plain(value), { shallow: true, declassifies: true }),
  issensitive: define('value:any?~ -> bool', ([value]) => bool(value?.sensitive === true), { declassifies: true }),
  ephemeralasnull: define('value:any?~', ([value = nullOf('dynamic')]) => value, { shallow: true }),
}
