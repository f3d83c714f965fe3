{{/* Name of an object: release and part, within the 63 characters of a DNS label. Call with (list $ part). */}}
{{- define "meent.name" -}}
{{- $root := index . 0 -}}
{{- printf "%s-%s" ($root.Release.Name | trunc 40 | trimSuffix "-") (index . 1) -}}
{{- end -}}

{{/* Labels that select the pods of a part. Call with (list $ part). */}}
{{- define "meent.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name | quote }}
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 | quote }}
{{- end -}}

{{/* All labels of a part. Call with (list $ part). */}}
{{- define "meent.labels" -}}
{{- $root := index . 0 -}}
{{ include "meent.selector" . }}
app.kubernetes.io/part-of: "meent"
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | quote }}
{{- end -}}

{{/* Image reference; a digest decides over a tag. Call with $. */}}
{{- define "meent.image" -}}
{{- $image := .Values.image -}}
{{- $tagged := printf "%s:%s" $image.repository ($image.tag | default .Chart.AppVersion) -}}
{{- if $image.digest }}{{ printf "%s@%s" $tagged $image.digest }}{{ else }}{{ $tagged }}{{ end -}}
{{- end -}}

{{/* Start of the environment variables of a service: MEENT_ZAKEN for zaken. Call with the name. */}}
{{- define "meent.prefix" -}}
MEENT_{{ . | upper | replace "-" "_" }}
{{- end -}}

{{/* Names of the services that a service calls, as JSON {"names": […]}. Call with (list $ name). */}}
{{- define "meent.calls" -}}
{{- $services := (index . 0).Values.services -}}
{{- $name := index . 1 -}}
{{- $calls := (index $services $name).calls | default list -}}
{{- if eq $name "gateway" -}}{{- $calls = without (keys $services) "gateway" -}}{{- end -}}
{{- range $calls -}}
{{- if not (hasKey $services .) -}}{{- fail (printf "services.%s.calls names %s, which is no service" $name .) -}}{{- end -}}
{{- end -}}
{{- dict "names" ($calls | sortAlpha) | toJson -}}
{{- end -}}

{{/* Names of the services that call a service, as JSON {"names": […]}. Call with (list $ name). */}}
{{- define "meent.callers" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $callers := list -}}
{{- range $other := keys $root.Values.services | sortAlpha -}}
{{- if has $name (include "meent.calls" (list $root $other) | fromJson).names -}}{{- $callers = append $callers $other -}}{{- end -}}
{{- end -}}
{{- dict "names" $callers | toJson -}}
{{- end -}}

{{/* Environment variable with a service's database from the Secret. Call with (list $ name). */}}
{{- define "meent.databaseEnv" -}}
- name: {{ include "meent.prefix" (index . 1) }}_DATABASE
  valueFrom:
    secretKeyRef:
      name: {{ (index . 0).Values.secrets.databases | quote }}
      key: {{ index . 1 | quote }}
{{- end -}}

{{/* Security context of a pod, Pod Security Standard "restricted". */}}
{{- define "meent.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* Security context of a container, Pod Security Standard "restricted". */}}
{{- define "meent.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Egress rule to a dependency. Call with its values: port and to. */}}
{{- define "meent.egressTo" -}}
- to: {{- toYaml .to | nindent 4 }}
  ports:
    - protocol: TCP
      port: {{ .port }}
{{- end -}}

{{/* Egress rule to DNS. Call with $. */}}
{{- define "meent.egressDns" -}}
{{ include "meent.egressTo" .Values.networkPolicy.dns }}
    - protocol: UDP
      port: {{ .Values.networkPolicy.dns.port }}
{{- end -}}
