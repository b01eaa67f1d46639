/** Templates with their values and what Helm prints for them, `Error: …` where it stops. */
export const TEMPLATES: Readonly<Record<string, readonly (readonly [string, string, string])[]>> = {
  'text and trimming': [
    ['a {{- 1 }} b', '', 'a1 b'],
    ['a\n  {{- /* gone */ -}}\n b', '', 'ab'],
    ['{{ "}}" }}|{{ `raw "x"` }}|{{ \'a\' }}', '', '}}|raw "x"|97'],
  ],
  'numbers, as YAML and Go have them': [
    ['{{ .Values.a }} {{ .Values.b }} {{ .Values.c }}', 'a: 1000000\nb: 1.5\nc: 0644', '1e+06 1.5 420'],
    ['{{ int .Values.a }} {{ .Values.a | int64 | toString }}', 'a: 1000000', '1000000 1000000'],
    ['{{ eq .Values.a 5.0 }} {{ eq (int .Values.a) 5 }}', 'a: 5', 'true true'],
    ['{{ printf "%d %5.2f %q %T" 3 1.5 "a" .Values.a }}', 'a: 1', '3  1.50 "a" float64'],
    ['{{ printf "%d" .Values.a }}', 'a: 1', '%!d(float64=1)'],
    ['{{ add 1 2.9 "3" }} {{ div 7 2 }} {{ mod 7 4 }} {{ round 2.567 2 }}', '', '6 3 3 2.57'],
  ],
  'what is missing': [
    ['[{{ .Values.none }}] {{ .Values.a | default "d" }}', '', '[] d'],
    ['{{ (.Values.a).b }}|{{ with .Values.a }}x{{ else }}y{{ end }}', '', '|y'],
    ['{{ get (dict "a" 1) "b" | quote }} {{ hasKey .Values "a" }}', 'a: null', '"" true'],
    ['{{ coalesce .Values.a "" 0 "c" }} {{ empty .Values.a }} {{ ternary 1 2 (empty "") }}', '', 'c true 1'],
  ],
  'control flow and variables': [
    ['{{ range $i, $e := .Values.l }}{{ $i }}={{ $e }};{{ end }}', 'l: [a, b]', '0=a;1=b;'],
    ['{{ range $k, $v := .Values.m }}{{ $k }}={{ $v }};{{ end }}', 'm: {b: 1, a: 2}', 'a=2;b=1;'],
    [
      '{{ range .Values.l }}{{ if eq . "b" }}{{ continue }}{{ end }}{{ if eq . "d" }}{{ break }}{{ end }}{{ . }}{{ end }}',
      'l: [a, b, c, d, e]',
      'ac',
    ],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}', '', '2'],
    ['{{ and 1 0 2 }} {{ or 0 "" "x" }} {{ not "" }}', '', '0 x true'],
    ['{{ with $y := "a" }}{{ $y }}{{ . }}{{ end }}', '', 'aa'],
  ],
  'templates that call templates': [
    ['{{ define "a" }}<{{ . }}>{{ end }}{{ include "a" "x" | upper }}', '', '<X>'],
    ['{{ define "l" }}\na: 1\nb: 2{{ end }}m:{{ include "l" . | indent 2 }}', '', 'm:  \n  a: 1\n  b: 2'],
    ['{{ tpl .Values.t . }}', 't: "{{ .Release.Name }}-{{ .Values.x }}"\nx: y', 'rel-true'],
    ['{{ block "b" "x" }}{{ . }}{{ end }}', '', 'x'],
  ],
  'YAML out and in': [
    [
      '{{ toYaml .Values.m }}',
      'm: {z: [1, {b: yes}], a: "on", n: null, s: "a: b", m: "x\\ny"}',
      'a: "on"\n"false": null\nm: |-\n  x\n  y\ns: \'a: b\'\nz:\n- 1\n- b: true',
    ],
    [
      '{{ toJson .Values.m }} {{ (fromYaml "a: {b: 1}").a.b }} {{ fromJson "{" }}',
      'm: {b: <&>, a: 1.0}',
      '{"a":1,"b":"\\u003c\\u0026\\u003e"} 1 map[Error:unexpected end of JSON input]',
    ],
    ['{{ toToml .Values.m }}', 'm: {a: 1, b: {c: x}}', 'a = 1.0\n\n[b]\n  c = "x"\n'],
  ],
  'strings, lists and maps': [
    [
      '{{ "héllo" | trunc 3 }} {{ len "é" }} {{ substr 1 3 "abcd" }} {{ trimSuffix "-" "a-" }} {{ "aXb" | snakecase }}',
      '',
      'hé 2 bc a a_xb',
    ],
    [
      '{{ list 1 2 2 | uniq | join "," }} {{ splitList "," "a,b" | last }} {{ first (list 3 4) }} {{ without (list 1 2) 1 }} {{ has 2 (list 1 2) }}',
      '',
      '1,2 b 3 [2] true',
    ],
    [
      '{{ merge (dict "a" 1) (dict "a" 2 "b" 3) | toJson }} {{ mergeOverwrite (dict "a" 1) (dict "a" 2) | toJson }} {{ pick (dict "a" 1 "b" 2) "b" }}',
      '',
      '{"a":1,"b":3} {"a":2} map[b:2]',
    ],
    [
      '{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }} {{ regexFind "[0-9]+" "a12b" }} {{ semverCompare ">=1.20.0" "1.21.0-eks" }}',
      '',
      '-W-xxW- 12 false',
    ],
    [
      '{{ b64enc "a" }} {{ sha256sum "a" | trunc 8 }} {{ "a b" | quote }} {{ squote 1 }} {{ cat 1 nil "x" }} {{ nospace " a b " }}',
      '',
      'YQ== ca978112 "a b" \'1\' 1 x ab',
    ],
    [
      '{{ dig "a" "b" "none" (dict "a" (dict "b" 1)) }} {{ dig "x" "none" (dict) }} {{ until 3 }} {{ seq 1 2 5 }} {{ keys (dict "b" 1) }}',
      '',
      '1 none [0 1 2] 1 3 5 [b]',
    ],
  ],
  'what stops a rendering': [
    [
      '{{ .Values.a.b }}',
      '',
      'Error: template: app/templates/x.txt:1:10: executing "app/templates/x.txt" at <.Values.a.b>: nil pointer evaluating interface {}.b',
    ],
    ['{{ required "name it" .Values.a }}', '', 'Error: execution error at (app/templates/x.txt:1:3): name it'],
    ['{{ fail "no" }}', '', 'Error: execution error at (app/templates/x.txt:1:3): no'],
    [
      '{{ eq .Values.a 5 }}',
      'a: 5',
      'Error: template: app/templates/x.txt:1:3: executing "app/templates/x.txt" at <eq .Values.a 5>: error calling eq: incompatible types for comparison',
    ],
    [
      '{{ include "none" . }}',
      '',
      'Error: template: app/templates/x.txt:1:3: executing "app/templates/x.txt" at <include "none" .>: error calling include: template: no template "none" associated with template "gotpl"',
    ],
    [
      '{{ upper }}',
      '',
      'Error: template: app/templates/x.txt:1:3: executing "app/templates/x.txt" at <upper>: wrong number of args for upper: want 1 got 0',
    ],
    ['{{ unknown 1 }}', '', 'Error: parse error at (app/templates/x.txt:1): function "unknown" not defined'],
    ['{{ if }}x{{ end }}', '', 'Error: parse error at (app/templates/x.txt:1): missing value for if'],
    [
      '{{ index (list 1) 3 }}',
      '',
      'Error: template: app/templates/x.txt:1:3: executing "app/templates/x.txt" at <index (list 1) 3>: error calling index: index out of range: 3',
    ],
    [
      '{{ "a" | nindent }}',
      '',
      'Error: template: app/templates/x.txt:1:9: executing "app/templates/x.txt" at <nindent>: wrong number of args for nindent: want 2 got 1',
    ],
    [
      '{{ tpl "{{ .Values.a.b }}" . }}',
      '',
      'Error: template: app/templates/x.txt:1:3: executing "app/templates/x.txt" at <tpl "{{ .Values.a.b }}" .>: error calling tpl: error during tpl function execution for "{{ .Values.a.b }}": template: gotpl:1:10: executing "gotpl" at <.Values.a.b>: nil pointer evaluating interface {}.b',
    ],
    ['{{ end }}', '', 'Error: parse error at (app/templates/x.txt:1): unexpected {{end}}'],
  ],
}
